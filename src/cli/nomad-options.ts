// Pure: the habits of people who know Nomad's command.

const singleDash = /^-(?:var|var-file|json|detach|purge|stderr|tail)(?:=.*)?$/;

/** Nomad's commands take long options with one dash; here they have two, but the old way works. */
export function withTwoDashes(args: readonly string[]): string[] {
  return args.map((arg) => (singleDash.test(arg) ? `-${arg}` : arg));
}
