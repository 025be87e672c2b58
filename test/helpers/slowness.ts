// Pure: how tests take account of machines that are emulated (test/vm), where starting a process takes about 27 times as long.

/** How many times longer all waits may take. */
export const slowness: number = Number(process.env['RAW_EXEC_TEST_SLOWNESS'] ?? 1);

/** How often a test does something that it would do `count` times: there a few times show the same. */
export function fewer(count: number): number {
  return Math.ceil(count / slowness ** 2);
}
