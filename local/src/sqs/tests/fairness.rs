use super::{QUEUE, World};
use crate::sqs::{NewMessage, QueueSettings};

fn send(world: &World, group: &str, count: usize) {
    for _ in 0..count {
        let group = Some(group.to_owned()).filter(|group| !group.is_empty());
        world.sqs.send(QUEUE, NewMessage { group, ..NewMessage::with_body("work") }).unwrap();
    }
}

fn groups(world: &World, max: usize) -> Vec<String> {
    world.receive(max).into_iter().map(|message| message.group.unwrap_or_default()).collect()
}

#[test]
fn a_noisy_group_waits_behind_the_others() {
    let world = World::new();
    send(&world, "noisy", 100);
    send(&world, "quiet", 2);
    send(&world, "", 1);
    send(&world, "another", 1);

    assert_eq!(groups(&world, 29), ["noisy"; 29]);
    assert_eq!(groups(&world, 1), ["noisy"], "29 in flight are not yet many");
    assert_eq!(groups(&world, 6), ["quiet", "quiet", "", "another", "noisy", "noisy"]);
}

#[test]
fn a_noisy_group_is_quiet_again_when_its_messages_are_done() {
    let world = World::new();
    send(&world, "noisy", 60);
    let received = world.receive(30);
    send(&world, "quiet", 1);

    world.sqs.delete(QUEUE, &received[0].receipt_handle).unwrap();

    assert_eq!(groups(&world, 1), ["noisy"]);
}

#[test]
fn of_noisy_groups_the_one_with_the_fewest_in_flight_comes_first() {
    let world = World::new();
    send(&world, "noisier", 40);
    send(&world, "noisy", 30);
    world.receive(70);
    send(&world, "noisier", 2);
    send(&world, "noisy", 2);

    assert_eq!(groups(&world, 3), ["noisy", "noisy", "noisier"]);
}

#[test]
fn messages_without_a_group_are_never_noisy() {
    let world = World::new();
    send(&world, "", 50);
    send(&world, "quiet", 1);
    world.receive(40);
    assert_eq!(groups(&world, 1), [""]);
}

#[test]
fn a_queue_that_is_not_fair_keeps_the_order() {
    let world = World::with(QueueSettings { fair: false, ..QueueSettings::named(QUEUE) });
    send(&world, "noisy", 60);
    send(&world, "quiet", 1);
    world.receive(40);
    assert_eq!(groups(&world, 3), ["noisy"; 3]);
}
