/** The main job: announce a picture, send it, and get its derivatives. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import type { components } from "./api.js";
import { gradient } from "./png.js";
import { type Api, assert, expect, expectProblem, send } from "./stack.js";

type Upload = components["schemas"]["Upload"];
type UploadRequest = components["schemas"]["UploadRequest"];

const WIDTH_PX = 640;
const HEIGHT_PX = 480;
const THUMB_PX = 100;

const READY_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 200;

/** Returns the ids of the upload, and of a job that was done for it. */
export async function doTheMainJob(api: Api): Promise<{ upload: string; job: string }> {
  const picture = gradient(WIDTH_PX, HEIGHT_PX);
  const id = await announceAndSend(api, picture);
  const upload = await waitUntilReady(api, id);
  const job = await checkDerivatives(api, upload);
  await readAgainUnchanged(api, id);
  await runAgain(api, id);
  await findInListing(api, id);
  await tellWhatIsWrong(api);
  return { upload: id, job };
}

async function announceAndSend(api: Api, picture: Uint8Array<ArrayBuffer>): Promise<string> {
  const body: UploadRequest = {
    filename: "gradient.png",
    content_type: "image/png",
    size_bytes: picture.length,
    recipe: {
      steps: [
        { name: "thumb", image: { width: THUMB_PX, height: THUMB_PX, fit: "cover", format: "webp" } },
        { name: "half", image: { width: WIDTH_PX / 2, format: "jpeg", quality: 80 } },
      ],
    },
  };
  const params = { header: { "Idempotency-Key": randomUUID() } };
  const { data: created, response } = await expect(201, api.POST("/v1/uploads", { params, body }));
  assert(response.headers.get("location") === created.links.self, "the upload is where `Location` says");

  const { data: repeated, response: replay } = await expect(201, api.POST("/v1/uploads", { params, body }));
  assert(repeated.id === created.id, "a request repeated under its key made another upload");
  assert(replay.headers.get("idempotency-replayed") === "true", "a replay does not say that it is one");

  const { request } = created;
  assert(request != null, "an upload was announced, and nothing says how to send it");
  await send(request, picture);
  return created.id;
}

export async function waitUntilReady(api: Api, id: string): Promise<Upload> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const { data: upload } = await expect(200, api.GET("/v1/uploads/{id}", { params: { path: { id } } }));
    if (upload.state === "ready") {
      return upload;
    }
    const mayBecomeReady = ["pending", "received", "processing"].includes(upload.state);
    assert(mayBecomeReady && Date.now() < giveUpAt, `the upload is not ready: ${JSON.stringify(upload)}`);
    await pause(POLL_EVERY_MS);
  }
}

async function checkDerivatives(api: Api, upload: Upload): Promise<string> {
  const jobs: string[] = [];
  assert(upload.image?.width === WIDTH_PX && upload.image.height === HEIGHT_PX, "the picture has another size");
  const sizes = upload.derivatives.map(({ name, width, height }) => `${name} ${width}x${height}`);
  assert(sizes.join() === "thumb 100x100,half 320x240", `the derivatives are ${sizes.join()}`);
  for (const { name, state, url, size_bytes, links } of upload.derivatives) {
    assert(state === "succeeded" && url != null, `${name} was not made`);
    const bytes = await (await fetch(url)).arrayBuffer();
    assert(bytes.byteLength === size_bytes, `${name} has ${bytes.byteLength} bytes, not ${size_bytes}`);

    const id = links["job"]?.split("/").at(-1);
    assert(id !== undefined, `${name} does not name its job`);
    const { data: job } = await expect(200, api.GET("/v1/jobs/{id}", { params: { path: { id } } }));
    assert(job.state === "succeeded" && job.timeline.length > 0, `the job of ${name} is ${job.state}`);
    jobs.push(job.id);
  }
  const [first] = jobs;
  assert(first !== undefined, "no job was done");
  return first;
}

/** Goes through it once more, with another recipe. */
async function runAgain(api: Api, id: string): Promise<void> {
  const recipe = { steps: [{ name: "square", image: { width: THUMB_PX, height: THUMB_PX } }] };
  const params = { path: { id }, header: { "Idempotency-Key": randomUUID() } };
  const { data: created } = await expect(201, api.POST("/v1/uploads/{id}/runs", { params, body: { recipe } }));
  const path = { id, number: created.number };
  for (const giveUpAt = Date.now() + READY_WITHIN_MS; ; await pause(POLL_EVERY_MS)) {
    const { data: run } = await expect(200, api.GET("/v1/uploads/{id}/runs/{number}", { params: { path } }));
    if (run.state === "ready") {
      assert(run.derivatives[0]?.width === THUMB_PX, "a run made something else");
      return;
    }
    assert(run.state !== "failed" && Date.now() < giveUpAt, `the run is not ready: ${JSON.stringify(run)}`);
  }
}

/** Asks whether the upload has changed since it was read. */
async function readAgainUnchanged(api: Api, id: string): Promise<void> {
  const { response } = await expect(200, api.GET("/v1/uploads/{id}", { params: { path: { id } } }));
  const tag = response.headers.get("etag");
  assert(tag !== null, "an upload has no ETag");
  const params = { path: { id }, header: { "If-None-Match": tag } };
  const { response: unchanged } = await api.GET("/v1/uploads/{id}", { params });
  assert(unchanged.status === 304, `an upload that has not changed was answered with ${unchanged.status}`);
}

/** Announces more than fits a page, and follows the cursors until the first upload has come. */
async function findInListing(api: Api, id: string): Promise<void> {
  for (const filename of ["a.bin", "b.bin"]) {
    const body: UploadRequest = { filename, content_type: "application/octet-stream", size_bytes: 1 };
    await expect(201, api.POST("/v1/uploads", { body }));
  }
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = cursor == null ? { limit: 1 } : { limit: 1, cursor };
    const { data: page } = await expect(200, api.GET("/v1/uploads", { params: { query } }));
    seen.push(...page.data.map((upload) => upload.id));
    cursor = page.next_cursor;
  } while (cursor != null && !seen.includes(id));
  assert(seen.includes(id), `${id} is not listed`);
  assert(seen.length > 2 && new Set(seen).size === seen.length, "the listing repeats itself");
}

async function tellWhatIsWrong(api: Api): Promise<void> {
  const body: UploadRequest = { filename: "", content_type: "image/png", size_bytes: 0 };
  const problem = await expectProblem(422, api.POST("/v1/uploads", { body }));
  const pointers = problem.errors?.map((error) => error.pointer).sort();
  assert(pointers?.join() === "/filename,/size_bytes", `the problem names ${pointers?.join()}`);
}
