/** The same, with the picture sent in parts: as few as a small one has. */

import type { components } from "./api.js";
import { gradient } from "./png.js";
import { type Api, assert, expect, send } from "./stack.js";
import { waitUntilReady } from "./uploads.js";

type UploadRequest = components["schemas"]["UploadRequest"];

const SIDE_PX = 64;

/** Returns the id of another upload, of which no part has arrived. */
export async function sendInParts(api: Api): Promise<string> {
  const picture = gradient(SIDE_PX, SIDE_PX);
  const { id, partSize } = await announce(api, picture.length);
  const path = { id };
  const { data: page } = await expect(200, api.GET("/v1/uploads/{id}/parts", { params: { path } }));
  const parts = [];
  for (const { number, size_bytes, request, arrived } of page.data) {
    assert(request != null && arrived == null, `part ${number} cannot be sent`);
    const start = (number - 1) * partSize;
    parts.push({ number, etag: await send(request, picture.slice(start, start + size_bytes)) });
  }
  await expect(200, api.POST("/v1/uploads/{id}/complete", { params: { path }, body: { parts } }));
  const upload = await waitUntilReady(api, id);
  assert(upload.size_bytes === picture.length, `the file has ${upload.size_bytes} bytes`);
  return (await announce(api, picture.length)).id;
}

async function announce(api: Api, size: number): Promise<{ id: string; partSize: number }> {
  const recipe: UploadRequest["recipe"] = { steps: [{ name: "tiny", image: { width: 8 } }] };
  const body: UploadRequest = { filename: "parts.png", content_type: "image/png", size_bytes: size, multipart: true, recipe };
  const { data: created } = await expect(201, api.POST("/v1/uploads", { body }));
  const plan = created.multipart;
  assert(plan != null && created.request == null, "an upload in parts was announced, and is not divided");
  return { id: created.id, partSize: plan.part_size_bytes };
}
