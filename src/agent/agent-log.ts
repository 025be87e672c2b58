// Owner of the agent's log: which messages are told, and how a line looks.

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

export interface LogSettings {
  /** The least important that are told. @default 'info' */
  readonly level: LogLevel;
  /** One JSON object on each line, in place of text. @default false */
  readonly isJson: boolean;
}

export const defaultLogSettings: LogSettings = { level: 'info', isJson: false };

/** What a message is about, for programs that read JSON: its text says so, too. */
export interface LogIds {
  readonly job?: string;
  readonly allocation?: string;
  readonly task?: string;
}

type Tell = (message: string, ids?: LogIds) => void;

export class AgentLog {
  readonly #write: (line: string) => void;
  #settings: LogSettings;

  /** @param write is given whole lines */
  constructor(write: (line: string) => void, settings: LogSettings) {
    this.#write = write;
    this.#settings = settings;
  }

  configure(settings: LogSettings): void {
    this.#settings = settings;
  }

  readonly debug: Tell = (message, ids) => this.#tell('debug', message, ids);
  readonly info: Tell = (message, ids) => this.#tell('info', message, ids);
  /** Something that somebody may want to look at. */
  readonly warn: Tell = (message, ids) => this.#tell('warn', message, ids);
  /** Something that the agent could not do. */
  readonly error: Tell = (message, ids) => this.#tell('error', message, ids);

  #tell(level: LogLevel, message: string, ids: LogIds | undefined): void {
    const { level: least, isJson } = this.#settings;
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return;
    const time = new Date().toISOString();
    this.#write(
      isJson
        ? `${JSON.stringify({ time, level, message, ...ids })}\n`
        : `${time} ${level} ${message}\n`,
    );
  }
}
