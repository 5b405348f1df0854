/**
 * `node build/main_job.js .millrace/dev.json`: ends with 0 if the generated client does the main job on the stack there,
 * and says which things it left, so that others find something.
 */

import { liveThroughAnApiKey } from "./api_keys.js";
import { sendInParts } from "./parts.js";
import { keepARecipe } from "./recipes.js";
import { apiOf, assert, stack } from "./stack.js";
import { doTheMainJob } from "./uploads.js";

const [path] = process.argv.slice(2);
assert(path !== undefined, "say where the stack's dev.json is");
const { url, key } = await stack(path);
const api = apiOf(url, key);
const { upload, job } = await doTheMainJob(api);
const upload_in_parts = await sendInParts(api);
const recipe = await keepARecipe(api);
await liveThroughAnApiKey(api, url);
console.log(JSON.stringify({ upload, job, upload_in_parts, recipe }));
