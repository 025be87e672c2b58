// Owner of the plugin's standard error: lines that Nomad's client puts into its own log, each with its level.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

type Details = Readonly<Record<string, string | number | boolean>>;

/** A line that is longer is cut by the host. */
const longestMessage = 32 * 1024;

export class PluginLog {
  readonly #module: string;
  readonly #write: (line: string) => void;

  constructor(module: string, write: (line: string) => void) {
    this.#module = module;
    this.#write = write;
  }

  readonly debug = (message: string, details?: Details): void =>
    this.#log('debug', message, details);
  readonly info = (message: string, details?: Details): void => this.#log('info', message, details);
  readonly warn = (message: string, details?: Details): void => this.#log('warn', message, details);
  readonly error = (message: string, details?: Details): void =>
    this.#log('error', message, details);

  #log(level: LogLevel, message: string, details: Details = {}): void {
    const line = {
      '@level': level,
      '@message': message.slice(0, longestMessage),
      '@module': this.#module,
      '@timestamp': new Date().toISOString(),
      ...details,
    };
    this.#write(`${JSON.stringify(line)}\n`);
  }
}
