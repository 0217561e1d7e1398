/**
 * The library's lexer, but for two things: what stands in brackets or quotes over several lines need not be indented, as
 * in Go's reader; and what lies too deep ends the reading at once.
 *
 * The library reads recursively. Its stack must not come to its end: a regular expression that V8 compiles there, for
 * the first time that it is used, ends the process.
 */
import type { Parser } from "yaml";
import { yaml } from "./yaml-library.ts";

/** The inside of the library's lexer that is named here. A test fails when another version has it no more. */
interface Inside {
  /** Columns that a line must be indented by to belong to the value before it. */
  indentNext: number;
  lex(text: string, incomplete?: boolean): Generator<string>;
  parseBlockStart(): Generator<string, unknown>;
  parseFlowCollection(): Generator<string, unknown>;
  parseQuotedScalar(): Generator<string, unknown>;
}

/** How deep a text may nest what is read. */
export interface Depth {
  readonly max: number;
  /** Throws what says so.
   * @param offset of what lies too deep */
  exceeded(offset: number): never;
}

/** The parts that a text consists of, without a parser. */
export function lexemesOf(text: string, depth: Depth): Iterable<string> {
  return lexerOf(() => depth.exceeded(0), depth.max).lex(text);
}

/** A parser of the library that reads with such a lexer.
 * @param onNewLine hears where lines begin */
export function parserOf(onNewLine: (offset: number) => void, depth: Depth): Parser {
  const parser = new (yaml().Parser)(onNewLine);
  const lexer = lexerOf(() => depth.exceeded(parser.offset), depth.max);
  lexer.lex = watched(lexer.lex.bind(lexer), () => {
    if (parser.stack.length > depth.max) depth.exceeded(parser.offset);
  });
  Object.assign(parser, { lexer });
  return parser;
}

function lexerOf(exceeded: () => never, max: number): Inside {
  const lexer = new (yaml().Lexer)() as unknown as Inside;
  lexer.parseFlowCollection = withoutIndent(lexer, lexer.parseFlowCollection);
  lexer.parseQuotedScalar = withoutIndent(lexer, lexer.parseQuotedScalar);
  lexer.parseBlockStart = bounded(lexer.parseBlockStart.bind(lexer), exceeded, max);
  return lexer;
}

/** The parser has opened what the lexemes so far began, before it asks for the next one. */
function watched(lex: Inside["lex"], check: () => void): Inside["lex"] {
  return function* (text, incomplete) {
    for (const lexeme of lex(text, incomplete)) {
      check();
      yield lexeme;
    }
  };
}

/** Signs like `-` in a row are read by calls inside of each other. */
function bounded(read: Inside["parseBlockStart"], exceeded: () => never, max: number): Inside["parseBlockStart"] {
  let nested = 0;
  return function* () {
    if (++nested > max) exceeded();
    try {
      return yield* read();
    } finally {
      nested--;
    }
  };
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
