/** The named types of a client: one name for each, and a second where what goes in differs from what comes out. */
import type { InterfaceDescription, Schema } from "../runtime/interface.ts";
import { type Direction, refsOf, TypeWriter } from "./schema-types.ts";
import { comment, pascal } from "./words.ts";

/** In the order in which a plain name is given away. */
const DIRECTIONS: readonly Direction[] = ["output", "input", "config"];
const SUFFIXES: Readonly<Record<Direction, string>> = { output: "", input: "Input", config: "Config" };

export class NamedTypes {
  readonly #schemas: Readonly<Record<Direction, Readonly<Record<string, Schema>>>>;
  /** By name, the directions in which it is used. */
  readonly #used = new Map<string, Set<Direction>>();
  readonly #names = new Map<string, string>();
  readonly #taken: Set<string>;

  /** @param taken names that the client has given away already */
  constructor(description: InterfaceDescription, taken: Iterable<string>) {
    const { input, output } = description;
    this.#schemas = { output, input, config: input };
    this.#taken = new Set(taken);
    for (const { parameters, result } of description.methods) {
      for (const parameter of parameters) if ("schema" in parameter) this.#use(parameter.schema, "input");
      if ("schema" in result) this.#use(result.schema, "output");
    }
    this.#use(description.config, "config");
    this.#giveNames();
  }

  schemas(direction: Direction): Readonly<Record<string, Schema>> {
    return this.#schemas[direction];
  }

  /** The type of a schema. */
  type(schema: Schema, direction: Direction): string {
    return new TypeWriter(direction, (name) => this.#names.get(`${direction} ${name}`) ?? name).type(schema);
  }

  /** The declarations, in order of their names. */
  declarations(): string[] {
    const written = new Map<string, string>();
    for (const [name, directions] of this.#used) {
      for (const direction of DIRECTIONS.filter((each) => directions.has(each))) {
        const given = this.#names.get(`${direction} ${name}`) ?? name;
        if (written.has(given)) continue;
        const schema = this.#schemas[direction][name] ?? true;
        const docs = typeof schema === "object" && typeof schema.description === "string" ? schema.description : "";
        written.set(given, `${comment(docs)}export type ${given} = ${this.type(schema, direction)};\n`);
      }
    }
    return [...written].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
  }

  #use(schema: Schema, direction: Direction): void {
    for (const name of refsOf(schema)) {
      const directions = this.#used.get(name) ?? new Set();
      this.#used.set(name, directions);
      if (directions.has(direction)) continue;
      directions.add(direction);
      this.#use(this.#schemas[direction][name] ?? true, direction);
    }
  }

  #giveNames(): void {
    const differing = this.#differing();
    for (const [name, directions] of this.#used) {
      const own = pascal(name);
      const plain = this.#free(own);
      let isFirst = true;
      for (const direction of DIRECTIONS.filter((each) => directions.has(each))) {
        const isPlain = isFirst || !differing.has(name);
        this.#names.set(`${direction} ${name}`, isPlain ? plain : this.#free(`${own}${SUFFIXES[direction]}`));
        isFirst = false;
      }
    }
  }

  #free(name: string): string {
    let free = name;
    for (let count = 2; this.#taken.has(free); count++) free = `${name}${count}`;
    this.#taken.add(free);
    return free;
  }

  /** Names whose types are not the same in every direction: by themselves, or by what they refer to. */
  #differing(): Set<string> {
    const differing = new Set<string>();
    for (const [name, directions] of this.#used) {
      const texts = [...directions].map((direction) =>
        new TypeWriter(direction, (other) => other).type(this.#schemas[direction][name] ?? true),
      );
      if (new Set(texts).size > 1) differing.add(name);
    }
    for (let before = -1; before !== differing.size; ) {
      before = differing.size;
      for (const [name, directions] of this.#used) {
        const refs = [...directions].flatMap((each) => [...refsOf(this.#schemas[each][name] ?? true)]);
        if (refs.some((ref) => differing.has(ref))) differing.add(name);
      }
    }
    return differing;
  }
}
