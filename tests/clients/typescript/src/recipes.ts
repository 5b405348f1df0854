/** A recipe that is kept by name: changed as it was seen, and named by an upload. */

import type { components } from "./api.js";
import { type Api, assert, expect, expectProblem } from "./stack.js";

const NAME = "made-by-the-generated-client";

/** Returns the name of a recipe that stays. */
export async function keepARecipe(api: Api): Promise<string> {
  const path = { name: NAME };
  const first = await expect(201, api.PUT("/v1/recipes/{name}", { params: { path }, body: recipeOf(200) }));
  const tag = first.response.headers.get("etag");
  assert(tag !== null && first.data.version === 1, "a first version has another number, or no ETag");

  const params = { path, header: { "If-Match": tag } };
  const { data: second } = await expect(200, api.PUT("/v1/recipes/{name}", { params, body: recipeOf(100) }));
  assert(second.version === 2 && widthOf(second) === 100, "a change is no second version");
  const problem = await expectProblem(412, api.PUT("/v1/recipes/{name}", { params, body: recipeOf(50) }));
  assert(problem.code === "precondition_failed", "a recipe was changed that is no longer as it was seen");

  const { data: kept } = await expect(200, api.GET("/v1/recipes/{name}", { params: { path, query: { version: 1 } } }));
  assert(widthOf(kept) === 200, "an earlier version is not kept");
  await nameIt(api);
  return NAME;
}

/** Of the first step, if that makes an image. */
function widthOf(recipe: components["schemas"]["NamedRecipe"]): number | null | undefined {
  const [step] = recipe.steps;
  return step !== undefined && "image" in step ? step.image.width : undefined;
}

function recipeOf(width: number) {
  return { steps: [{ name: "thumb", image: { width } }] };
}

async function nameIt(api: Api): Promise<void> {
  const file = { filename: "a.png", content_type: "image/png", size_bytes: 1 };
  for (const [recipe, version] of [[NAME, 2], [`${NAME}@1`, 1]] as const) {
    const { data: created } = await expect(201, api.POST("/v1/uploads", { body: { ...file, recipe } }));
    assert(created.recipe?.name === NAME && created.recipe.version === version, `${recipe} is another version`);
  }
  const problem = await expectProblem(422, api.POST("/v1/uploads", { body: { ...file, recipe: "nobody-kept-this" } }));
  assert(problem.errors?.[0]?.pointer === "/recipe", "a recipe that is not there is not pointed at");
}
