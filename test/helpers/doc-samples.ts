// Pure: finds the code samples of a Markdown text.

/** Languages whose samples are run. Others (text, json, …) only show something. */
const runnable = ['ts', 'js', 'sh', 'hcl'] as const;

export type SampleLanguage = (typeof runnable)[number];

export interface DocSample {
  readonly language: SampleLanguage;
  /** Line of the fence, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** The sample starts with all earlier ones of its language in the same file, those that are run. */
  readonly isContinuation: boolean;
  /** `exit=N` behind the language: the exit code that the sample must end with. */
  readonly exitCode: number;
  /** `not-run: why` behind the language. */
  readonly notRun?: string;
}

const fence = /^(?<indent> *)```(?<language>\w+)(?: +(?<info>.*))?$/;

function isRunnable(language: string): language is SampleLanguage {
  return runnable.some((name) => name === language);
}

function parseInfo(info: string): Pick<DocSample, 'isContinuation' | 'exitCode' | 'notRun'> {
  const notRun = /^not-run: *(?<reason>.*)$/.exec(info)?.groups?.['reason'];
  return {
    isContinuation: /\bcontinued\b/.test(info),
    exitCode: Number(/\bexit=(?<code>\d+)\b/.exec(info)?.groups?.['code'] ?? 0),
    ...(notRun === undefined ? {} : { notRun }),
  };
}

/** Samples of `markdown` in the order of the text. */
export function findSamples(markdown: string): readonly DocSample[] {
  const lines = markdown.split('\n');
  const samples: DocSample[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const opening = fence.exec(lines[start] ?? '')?.groups;
    if (opening === undefined) continue;
    const indent = opening['indent'] ?? '';
    const end = lines.indexOf(`${indent}\`\`\``, start + 1);
    if (end === -1) throw new Error(`the code block of line ${start + 1} does not end`);
    const language = opening['language'] ?? '';
    if (isRunnable(language)) {
      const code = lines.slice(start + 1, end).map((line) => line.slice(indent.length));
      const info = parseInfo(opening['info'] ?? '');
      samples.push({ language, line: start + 1, code: `${code.join('\n')}\n`, ...info });
    }
    start = end;
  }
  return samples;
}
