/** The smallest body of each operation that takes one, for the client that orval generates. It is compiled, and never run. */

import * as api from "./orval/api";

const id = "upl_1";
const steps = [{ name: "tiny", image: {} }];

await api.createUpload({ filename: "a.png", content_type: "image/png", size_bytes: 1 });
await api.createUpload({ source: { url: "https://example.com/a.png" } });
await api.completeUpload(id, {});
await api.createRun(id, { recipe: { steps } });
await api.putRecipe("tiny", { steps });
await api.createApiKey({ name: "a", scopes: ["uploads:read"] });
await api.rotateApiKey(id, {});

const job = { kind: "http" as const, input: { url: "https://example.com/hook" } };
await api.submitJob(job);
await api.submitJobs({ jobs: [job] });
await api.rescheduleJob(id, { delay_seconds: 60 });

const { data: upload } = await api.getUpload(id);
const state: "ready" | undefined = upload.state === "ready" ? upload.state : undefined;
const url: string | null | undefined = upload.derivatives?.[0]?.url;
console.log(state, url);

// @ts-expect-error: a size is a number
await api.createUpload({ filename: "a.png", content_type: "image/png", size_bytes: "1" });
// @ts-expect-error: there is no such scope
await api.createApiKey({ name: "a", scopes: ["uploads:all"] });
