/**
 * The plain replacement of `${name}` in `env`, `user`, `kill_signal` and the like, when a task starts. Pure.
 *
 * `config` is not done this way: it is a whole second evaluation, see evaluate-task-config.ts.
 */

/** Values by name: variables of the task, or facts of the host such as `node.unique.name` and `attr.kernel.name`. */
export type VariablesByName = Readonly<Record<string, string>>;

const reference = /\$\{([A-Za-z0-9_.-]+)\}/g;

/**
 * Replaces every `${name}` that is known; the others stay as they are, as does `${HOME:+x}` and all else of a shell.
 *
 * @param variables the task's environment; it wins over `node`
 * @param node facts of the host
 *
 * @example interpolate('${NOMAD_TASK_NAME} on ${node.unique.name}', { NOMAD_TASK_NAME: 'web' }, {})
 * // 'web on ${node.unique.name}'
 */
export function interpolate(
  text: string,
  variables: VariablesByName,
  node: VariablesByName = {},
): string {
  return text.replace(reference, (written, name: string) => {
    // Own properties only: ${constructor} and ${__proto__} are unknown names like any other.
    if (Object.hasOwn(variables, name)) {
      return variables[name] ?? written;
    }
    return Object.hasOwn(node, name) ? (node[name] ?? written) : written;
  });
}

/** {@link interpolate} for each value of a map, such as `env` or `meta`. */
export function interpolateValues(
  values: VariablesByName,
  variables: VariablesByName,
  node: VariablesByName = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, interpolate(text, variables, node)]),
  );
}
