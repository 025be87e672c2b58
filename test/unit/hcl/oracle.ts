/** The oracle of the differential test: HCL's own parser, compiled to WebAssembly, which renders files as JSON. */
import { parse } from '@cdktf/hcl2json';

/** What the oracle says of a file. */
export type Verdict =
  | { readonly is: 'accepted'; readonly json: unknown }
  /** The file was parsed, but the oracle's own rendering cannot show it. */
  | { readonly is: 'not rendered'; readonly reason: string }
  | { readonly is: 'refused'; readonly lines: readonly number[]; readonly message: string };

/** Asks the oracle. */
export async function askOracle(source: string): Promise<Verdict> {
  try {
    return { is: 'accepted', json: await parse('x.hcl', source) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!message.startsWith('parse config:')) {
      return { is: 'not rendered', reason: message };
    }
    const places = message.matchAll(/x\.hcl:(\d+),\d+-(?:\d+,)?\d+: /g);
    return { is: 'refused', lines: Array.from(places, (place) => Number(place[1])), message };
  }
}
