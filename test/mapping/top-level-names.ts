/** Reads the top-level names of a JSON object from its tokens, repeats included: an independent check of splicing. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

/**
 * @param text a JSON object
 * @returns its top-level names in order, unescaped
 */
export function topLevelNames(text: string): readonly string[] {
  const tokens = text.match(TOKEN) ?? [];
  const names: string[] = [];
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && tokens[at + 1] === ':') names.push(JSON.parse(token) as string);
  }
  return names;
}
