/**
 * The library's lexer, but for one rule that Go's reader does not have: what stands in brackets or quotes over several
 * lines need not be indented.
 */
import type { Parser } from "yaml";
import { yaml } from "./yaml-library.ts";

/** The inside of the library's lexer that is named here. A test fails when another version has it no more. */
interface Inside {
  /** Columns that a line must be indented by to belong to the value before it. */
  indentNext: number;
  parseFlowCollection(): Generator<string, unknown>;
  parseQuotedScalar(): Generator<string, unknown>;
}

/** A parser of the library that reads with such a lexer.
 * @param onNewLine hears where lines begin */
export function parserOf(onNewLine: (offset: number) => void): Parser {
  const library = yaml();
  const parser = new library.Parser(onNewLine);
  const lexer = new library.Lexer();
  const inside = lexer as unknown as Inside;
  inside.parseFlowCollection = withoutIndent(inside, inside.parseFlowCollection);
  inside.parseQuotedScalar = withoutIndent(inside, inside.parseQuotedScalar);
  Object.assign(parser, { lexer });
  return parser;
}

function withoutIndent(inside: Inside, read: Inside["parseQuotedScalar"]): Inside["parseQuotedScalar"] {
  return function* () {
    const before = inside.indentNext;
    inside.indentNext = 0;
    const next = yield* read.call(inside);
    // Something else when the value was left: a document ended in the middle of it.
    if (inside.indentNext === 0) inside.indentNext = before;
    return next;
  };
}
