//! The wildcards of policies: `*` stands for any text, `?` for any one character.

/// The parts of `arn:partition:service:region:account:resource`; the last may contain colons itself.
const ARN_PARTS: usize = 6;

/// Actions are compared without regard to case.
pub fn matches_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// A wildcard stays within its part of the ARN, and parts that the pattern leaves out match anything.
pub fn matches_arn(pattern: &str, arn: &str) -> bool {
    let mut parts = arn.splitn(ARN_PARTS, ':');
    pattern == "*"
        || pattern
            .splitn(ARN_PARTS, ':')
            .all(|pattern| parts.next().is_some_and(|part| matches(pattern, part)))
}

/// Linear in the lengths' product: only the last `*` is ever tried again.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut last_star = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                last_star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(expected) if *expected == '?' || *expected == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => {
                let Some((star, covered)) = last_star else { return false };
                last_star = Some((star, covered + 1));
                at_pattern = star + 1;
                at_text = covered + 1;
            }
        }
    }
    pattern[at_pattern..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_a_question_mark_for_one_character() {
        assert!(matches("*", ""));
        assert!(matches("uploads/*", "uploads/"));
        assert!(matches("a*b*c", "a1b2b3c"));
        assert!(matches("a?c", "abc"));
        assert!(!matches("a?c", "ac"));
        assert!(!matches("uploads/*", "derived/x"));
        assert!(!matches("a*b", "a1b2"));
    }

    #[test]
    fn actions_have_no_case() {
        assert!(matches_action("DynamoDB:getitem", "dynamodb:GetItem"));
        assert!(matches_action("s3:*", "s3:PutObject"));
        assert!(!matches_action("s3:Get*", "s3:PutObject"));
    }

    #[test]
    fn a_wildcard_stays_within_its_part_of_the_arn() {
        assert!(matches_arn("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/uploads/a:b"));
        assert!(matches_arn("arn:aws:sqs:*:*:jobs", "arn:aws:sqs:us-east-1:000000000000:jobs"));
        assert!(!matches_arn("arn:aws:sqs:*:jobs", "arn:aws:sqs:us-east-1:000000000000:jobs"));
        assert!(!matches_arn("arn:aws:s3:::Bucket/*", "arn:aws:s3:::bucket/a"));
    }

    #[test]
    fn a_bucket_is_not_its_objects() {
        assert!(!matches_arn("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/uploads/a"));
        assert!(!matches_arn("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket"));
    }

    #[test]
    fn an_arn_that_is_cut_short_matches_all_that_follows() {
        assert!(matches_arn("arn:aws:sqs", "arn:aws:sqs:us-east-1:000000000000:jobs"));
        assert!(!matches_arn("arn:aws:s3", "arn:aws:sqs:us-east-1:000000000000:jobs"));
    }
}
