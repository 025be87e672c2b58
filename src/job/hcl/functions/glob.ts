/** Patterns of paths: `*`, `**`, `?`, `[a-z]`, `{a,b}`. Pure. */
import { FunctionFault } from './hcl-function.ts';

const token = /\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|\{|\}|,|\\.|./gsu;

/** A test whether a path with `/` between its parts matches a pattern. */
export function matchesPath(pattern: string): (path: string) => boolean {
  let depth = 0;
  const source = pattern.replace(token, (part) => {
    switch (part) {
      case '**/':
        return '(?:[^/]+/)*';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      case '{':
        depth++;
        return '(?:';
      case '}':
        depth--;
        return depth < 0 ? '\\}' : ')';
      case ',':
        return depth > 0 ? '|' : ',';
      default:
        return part.length > 2 && part.startsWith('[')
          ? part.replace(/^\[!/, '[^')
          : `\\u{${(part.codePointAt(part.length > 1 && part.startsWith('\\') ? 1 : 0) ?? 0).toString(16)}}`;
    }
  });
  try {
    const compiled = new RegExp(`^(?:${source})$`, 'su');
    return (path) => compiled.test(path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    throw new FunctionFault(`${JSON.stringify(pattern)} is no pattern of paths`, 1);
  }
}
