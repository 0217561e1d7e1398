import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderByDependencies } from "../../dist/service/order.js";

const order = (ids: string, edges: Record<string, string>) =>
  orderByDependencies(
    ids.split(" "),
    new Map(Object.entries(edges).map(([id, needed]) => [id, needed.split(" ")])),
  ).join(" ");

describe("orderByDependencies", () => {
  test.each([
    ["a b c", {}, "a b c"],
    ["c b a", {}, "c b a"],
    ["a b c", { a: "b", b: "c" }, "c b a"],
    ["a b c d", { b: "d" }, "a c d b"],
    ["a b c d", { a: "c", b: "c" }, "c a b d"],
    ["a b", { a: "b b" }, "b a"],
    ["a b c d", { d: "a b", c: "d" }, "a b d c"],
  ])("%s with %j: %s", (ids, edges, expected) => {
    expect(order(ids, edges as unknown as Record<string, string>)).toBe(expected);
  });

  test.each([
    ["a b", { a: "b", b: "a" }, "[a -> b -> a]"],
    ["a", { a: "a" }, "[a -> a]"],
    ["x a b c", { a: "b", b: "c", c: "a" }, "[a -> c -> b -> a]"],
    ["x a b c", { x: "b", b: "c", c: "b" }, "[b -> c -> b]"],
  ])("%s with %j: cycle %s", (ids, edges, cycle) => {
    const message = `unable to order extensions by dependencies, cycle found ${cycle}`;
    expect(() => order(ids, edges as unknown as Record<string, string>)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message }),
    );
  });

  test("a dependency that is not listed", () => {
    const message = "unable to find extension z on which extension b depends";
    expect(() => order("a b", { b: "z" })).toThrow(expect.objectContaining({ componentId: "b", message }));
  });

  test("any graph without cycles: dependencies first, and the listed order wherever there is a choice", () => {
    const graphs = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        // Edges point from later to earlier in `rank`, so that there is no cycle; ids are listed in another order.
        rank: fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
        edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 30 }),
      }),
    );
    fc.assert(
      fc.property(graphs, ({ rank, edges }) => {
        const needs = new Map<string, string[]>();
        for (const [one, other] of edges) {
          if (rank[one] === rank[other]) continue;
          const [before, after] = rank[one]! < rank[other]! ? [one, other] : [other, one];
          needs.set(`${after}`, [...(needs.get(`${after}`) ?? []), `${before}`]);
        }
        const ids = rank.map((_, index) => `${index}`);
        const found = orderByDependencies(ids, needs);
        // The reference: again and again the first listed one whose dependencies have all come.
        const expected: string[] = [];
        const ready = (id: string) =>
          !expected.includes(id) && (needs.get(id) ?? []).every((each) => expected.includes(each));
        while (expected.length < ids.length) expected.push(ids.find(ready)!);
        expect(found).toEqual(expected);
      }),
    );
  });
});
