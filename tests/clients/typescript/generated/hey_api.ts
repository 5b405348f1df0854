/** The smallest body of each operation that takes one, for the client that hey-api generates. It is compiled, and never run. */

import * as api from "./hey_api/index";

const path = { id: "upl_1" };
const steps = [{ name: "tiny", image: {} }];

await api.createUpload({ body: { filename: "a.png", content_type: "image/png", size_bytes: 1 } });
await api.createUpload({ body: { source: { url: "https://example.com/a.png" } } });
await api.completeUpload({ path, body: {} });
await api.createRun({ path, body: { recipe: { steps } } });
await api.putRecipe({ path: { name: "tiny" }, body: { steps } });
await api.createApiKey({ body: { name: "a", scopes: ["uploads:read"] } });
await api.rotateApiKey({ path, body: {} });

const job = { kind: "http" as const, input: { url: "https://example.com/hook" } };
await api.submitJob({ body: job });
await api.submitJobs({ body: { jobs: [job] } });
await api.rescheduleJob({ path, body: { delay_seconds: 60 } });

const { data: upload } = await api.getUpload({ path });
const state: "ready" | undefined = upload?.state === "ready" ? upload.state : undefined;
const url: string | null | undefined = upload?.derivatives?.[0]?.url;
console.log(state, url);

// @ts-expect-error: a size is a number
await api.createUpload({ body: { filename: "a.png", content_type: "image/png", size_bytes: "1" } });
// @ts-expect-error: there is no such scope
await api.createApiKey({ body: { name: "a", scopes: ["uploads:all"] } });
