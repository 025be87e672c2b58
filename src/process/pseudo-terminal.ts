// Owner of a pseudo-terminal: its controller with a stream in each direction, and its other end until programs have it. Nothing is
// buffered beyond what the streams and the kernel hold: who does not read stops the programs, who does not get it read is stopped.

import { constants } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { RawExecError } from '../errors.ts';
import { TerminalEvent, type TerminalWatch } from '../native/terminal.ts';
import { native } from '../native.ts';
import { describeErrno } from './errno.ts';

/** How large a terminal is, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

const { EAGAIN, EIO } = constants.errno;

/** As much as the kernel holds for one direction; what is read is copied out of it at once. */
const pieceBytes = 65_536;
let piece: Buffer | undefined;

/** What the terminal's programs take for the end of a line, and for the end of the input. */
const lineEnds: readonly number[] = [0x0a, 0x0d];
const endOfFile = 0x04;

interface PendingWrite {
  readonly chunk: Buffer;
  written: number;
  readonly done: (error?: Error) => void;
}

export class PseudoTerminal {
  /**
   * What programs write to the terminal. It ends when nobody has the terminal open any more; destroying it hangs the terminal up,
   * as closing its window does.
   */
  readonly output: Readable;
  /** What is typed. Ending it types the end-of-file character, see termios(3). */
  readonly input: Writable;
  readonly #controller: number;
  readonly #watch: TerminalWatch;
  #otherEnd: number;
  #isOpen = true;
  #isReading = false;
  #pending: PendingWrite | undefined;
  #isLineBegun = false;

  /** @throws RawExecError `ERR_TERMINAL` */
  constructor({ rows, columns }: TerminalSize) {
    const pair = native.openPty(columns, rows);
    if (typeof pair === 'number') throw noTerminal(-pair, 'openpty');
    const [controller, otherEnd] = pair;
    const watch = native.watchTerminal(controller, () => this.#onReady());
    if (typeof watch === 'number') {
      native.close(otherEnd);
      throw noTerminal(-watch, 'epoll_ctl');
    }
    this.#controller = controller;
    this.#otherEnd = otherEnd;
    this.#watch = watch;
    this.output = new Readable({
      highWaterMark: pieceBytes,
      read: () => {
        this.#isReading = true;
        this.#waitForWhatIsWanted();
      },
      destroy: (error, done) => {
        this.#close();
        done(error);
      },
    });
    this.input = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#write(chunk, done),
      final: (done) => this.#write(this.#endOfInput(), done),
      destroy: (error, done) => {
        const pending = this.#pending;
        this.#pending = undefined;
        this.#waitForWhatIsWanted();
        pending?.done(closed());
        done(error);
      },
    });
  }

  /** The end for programs, as an entry of `stdio`. Open until `letGo`. */
  get otherEnd(): number {
    return this.#otherEnd;
  }

  /** To be called when the program has ended: until then the output does not end, whoever closes the terminal meanwhile. */
  letGo(): void {
    const otherEnd = this.#otherEnd;
    this.#otherEnd = -1;
    if (otherEnd >= 0) native.close(otherEnd);
  }

  /** The kernel tells the programs in the foreground by SIGWINCH. @returns false when the terminal is gone */
  resize({ rows, columns }: TerminalSize): boolean {
    if (!this.#isOpen) return false;
    return native.setWindowSize(this.#controller, columns, rows) === 0;
  }

  #onReady(): void {
    if (this.#pending !== undefined) this.#writeOn(this.#pending);
    if (this.#isReading) this.#read();
    this.#waitForWhatIsWanted();
  }

  #waitForWhatIsWanted(): void {
    if (!this.#isOpen) return;
    const { readable, writable } = TerminalEvent;
    const reads = this.#isReading ? readable : 0;
    this.#watch.setEvents(reads | (this.#pending === undefined ? 0 : writable));
  }

  #read(): void {
    if (!this.#isOpen) return;
    piece ??= Buffer.allocUnsafeSlow(pieceBytes);
    const length = native.readTerminal(this.#controller, piece);
    if (length === -EAGAIN) return;
    if (length > 0) {
      this.#isReading = this.output.push(Buffer.from(piece.subarray(0, length)));
      return;
    }
    this.#isReading = false;
    // EIO: nobody has the other end open any more, and what was written before has been read.
    if (length === 0 || length === -EIO) this.output.push(null);
    else this.output.destroy(cannot('read from', -length, 'read'));
  }

  #write(chunk: Buffer, done: (error?: Error) => void): void {
    if (!this.#isOpen) {
      done(closed());
      return;
    }
    this.#pending = { chunk, written: 0, done };
    this.#writeOn(this.#pending);
    this.#waitForWhatIsWanted();
  }

  #writeOn(pending: PendingWrite): void {
    const { chunk, done } = pending;
    while (pending.written < chunk.length) {
      const length = native.writeTerminal(this.#controller, chunk, pending.written);
      if (length === -EAGAIN || length === 0) return;
      if (length < 0) {
        this.#pending = undefined;
        done(cannot('write to', -length, 'write'));
        return;
      }
      pending.written += length;
    }
    const last = chunk.at(-1);
    if (last !== undefined) this.#isLineBegun = !lineEnds.includes(last);
    this.#pending = undefined;
    done();
  }

  /** On a line that has begun the first one only hands over what was typed, see termios(3), VEOF. */
  #endOfInput(): Buffer {
    return Buffer.alloc(this.#isLineBegun ? 2 : 1, endOfFile);
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    this.letGo();
    this.input.destroy();
  }
}

function noTerminal(errno: number, syscall: string): RawExecError {
  return new RawExecError(
    'ERR_TERMINAL',
    `cannot open a pseudo-terminal: ${describeErrno(errno)}. The host needs /dev/ptmx and a devpts file system, and must not have ` +
      'used up /proc/sys/kernel/pty/max',
    { errno, syscall },
  );
}

function closed(): RawExecError {
  return new RawExecError('ERR_TERMINAL', 'cannot write to the terminal: it has been closed');
}

function cannot(attempt: string, errno: number, syscall: string): RawExecError {
  const why = errno === EIO ? 'no program has it open any more' : describeErrno(errno);
  return new RawExecError('ERR_TERMINAL', `cannot ${attempt} the terminal: ${why}`, {
    errno,
    syscall,
  });
}
