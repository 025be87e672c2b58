/** What a function of HCL is, seen from the evaluator. Types, and the fault that a function may throw. */
import type { Value } from '../value.ts';

/** A function that expressions can call. */
export interface HclFunction {
  /** Names of the parameters that must be given, for messages. */
  readonly parameters: readonly string[];
  /** Names of those that may be left out. @default [] */
  readonly optional?: readonly string[];
  /** Name of the parameter that takes all further arguments. */
  readonly rest?: string;
  /** Its arguments are not evaluated before the call: the evaluator itself knows what to do. */
  readonly special?: 'try' | 'can' | 'convert';
  /** Computes the value. Throws {@link FunctionFault} when it cannot. */
  readonly call: (args: readonly Value[]) => Value;
}

/** Functions by name. */
export type FunctionTable = Readonly<Record<string, HclFunction>>;

/** Why a function has no value. The evaluator makes a diagnostic of it. */
export class FunctionFault extends Error {
  /** Which argument is at fault, from 0; undefined when it is none of them alone. */
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.argument = argument;
  }
}
