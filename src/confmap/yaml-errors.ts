/** What the YAML library finds wrong, in the words and at the places that a person needs. */
import type { Document, Node, ParsedNode, YAMLError } from "yaml";
import { yaml } from "./yaml-library.ts";

/** The first mistake in the value that is read. Upstream does not look at what stands behind: `[a] b` is `[a]`. */
export function firstError(document: Document.Parsed<ParsedNode>): YAMLError | undefined {
  const errors = document.errors.filter((error) => !isBehind(error, document.contents));
  // A bracket that is not closed makes nonsense of what follows it, but is told of last.
  return errors.find(({ message }) => BRACKET.test(message)) ?? errors[0];
}

function isBehind({ code, pos }: YAMLError, contents: Node | null): boolean {
  if (code !== "UNEXPECTED_TOKEN" || contents === null) return false;
  // Nothing was read at all: then the mistake stands behind nothing.
  if (contents.range?.[0] === contents.range?.[1]) return false;
  const { isMap, isSeq } = yaml();
  const isBlock = (isMap(contents) || isSeq(contents)) && contents.flow !== true;
  return !isBlock && pos[0] >= (contents.range?.[1] ?? 0);
}

const BRACKET = /^Flow (?:sequence|map) .* end with a ([\]}])/;
const QUOTE = /^Missing closing (["'])quote/;

/** The mistake in a few words, without the line. */
export function wordsOf({ message }: YAMLError): string {
  const [first = ""] = message.split("\n");
  const bracket = BRACKET.exec(first)?.[1];
  if (bracket !== undefined) return `did not find expected ',' or '${bracket}'`;
  const quote = QUOTE.exec(first)?.[1];
  if (quote !== undefined) return `found unexpected end of stream: the quote ${quote} is not closed`;
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** Where to look: for what is not closed, where it was opened; the end of the file says nothing. */
export function offsetOf(error: YAMLError, document: Document.Parsed<ParsedNode>, text: string): number {
  const [offset] = error.pos;
  const closing = BRACKET.exec(error.message)?.[1] ?? QUOTE.exec(error.message)?.[1];
  if (closing === undefined) return offset;
  const opening = closing === "]" ? "[" : closing === "}" ? "{" : closing;
  let opened = offset;
  yaml().visit(document, {
    Node: (_, { range }) => {
      // The innermost one that goes on to where the text ends.
      if (range && range[0] < offset && range[1] >= offset && text[range[0]] === opening) opened = range[0];
    },
  });
  return opened;
}
