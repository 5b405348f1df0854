/** `node build/main_job.js .millrace/dev.json`: ends with 0 if the generated client does the main job on the stack there. */

import { liveThroughAnApiKey } from "./api_keys.js";
import { sendInParts } from "./parts.js";
import { apiOf, assert, stack } from "./stack.js";
import { doTheMainJob } from "./uploads.js";

const [path] = process.argv.slice(2);
assert(path !== undefined, "say where the stack's dev.json is");
const { url, key } = await stack(path);
const api = apiOf(url, key);
const job = await doTheMainJob(api);
const pending = await sendInParts(api);
await liveThroughAnApiKey(api, url);
console.log(`the generated client did the main job, ${job} among others, and left ${pending} for others to send`);
