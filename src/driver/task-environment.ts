// Pure: from the sources of a task's environment to one.

/** Variables of the host that tasks do not inherit unless the operator says otherwise: credentials of the agent. */
export const defaultHostEnvDenylist: readonly string[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_METADATA_URL',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'CONSUL_HTTP_TOKEN',
  'CONSUL_HTTP_TOKEN_FILE',
  'CONSUL_LICENSE',
  'CONSUL_LICENSE_PATH',
  'CONSUL_TOKEN',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'NOMAD_LICENSE',
  'NOMAD_LICENSE_PATH',
  'NOMAD_TOKEN',
  'VAULT_LICENSE',
  'VAULT_LICENSE_PATH',
  'VAULT_TOKEN',
];

type Variables = Readonly<Record<string, string>>;

/** The sources, in the order of their weight: a later one wins. */
export interface EnvironmentLayers {
  /** What the agent tells every task, NOMAD_TASK_DIR for example. */
  readonly builtIn?: Variables;
  /** NOMAD_META_*. */
  readonly meta?: Variables;
  /** The agent's own environment. */
  readonly host?: Readonly<Record<string, string | undefined>>;
  /** Exact names that are not taken from `host`. @default `defaultHostEnvDenylist` */
  readonly hostDenylist?: readonly string[];
  /** The task's `env` block. */
  readonly task?: Variables;
  /** What was added for this one start. */
  readonly hooks?: Variables;
  /** Variables that a template wrote. */
  readonly templates?: Variables;
}

/**
 * One environment from all layers: built-in < meta < host < task < hooks < templates.
 *
 * @example
 * layerEnvironment({ builtIn: { NOMAD_TASK_NAME: 'web' }, host: process.env, task: { PORT: '80' } });
 */
export function layerEnvironment(layers: EnvironmentLayers): Variables {
  const denied = new Set(layers.hostDenylist ?? defaultHostEnvDenylist);
  const host = Object.entries(layers.host ?? {}).flatMap(([name, value]) =>
    value === undefined || denied.has(name) ? [] : [[name, value] as const],
  );
  return {
    ...layers.builtIn,
    ...layers.meta,
    ...Object.fromEntries(host),
    ...layers.task,
    ...layers.hooks,
    ...layers.templates,
  };
}

/** A user as far as the environment is concerned. */
export interface EnvironmentUser {
  readonly name: string;
  readonly home: string;
}

/**
 * Sets USER, LOGNAME and HOME to the task's user.
 *
 * A value that differs from the supervisor's own was put there on purpose, by the task's `env` block for example, and stays.
 * @param own the supervisor's environment, from which a task inherits these three
 */
export function withUserVariables(
  env: Variables,
  user: EnvironmentUser,
  own: Readonly<Record<string, string | undefined>>,
): Variables {
  const wanted = { HOME: user.home, LOGNAME: user.name, USER: user.name };
  const changed = Object.entries(wanted).filter(
    ([name]) => env[name] === undefined || env[name] === own[name],
  );
  return { ...env, ...Object.fromEntries(changed) };
}
