// Pure: the mistakes that a calling program can make in a task.

import { isAbsolute } from 'node:path';
import { InvalidOptionError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { describeValue } from './describe-value.ts';
import type { DriverTask, TaskLogs } from './task.ts';

type Check = readonly [isRight: (value: unknown) => boolean, allowed: string];

const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
const text: Check = [isText, 'text without NUL bytes'];
const someText: Check = [(value) => isText(value) && value !== '', 'text that is not empty'];
const optional = ([isRight, allowed]: Check): Check => [
  (value) => value === undefined || isRight(value),
  allowed,
];
const absolute: Check = [
  (value) => typeof value === 'string' && isText(value) && isAbsolute(value),
  'an absolute path',
];
const outputPath: Check = optional([
  (value) => value === '' || absolute[0](value),
  'an absolute path',
]);

const checks: Readonly<Record<keyof DriverTask, Check>> = {
  id: someText,
  name: someText,
  allocId: optional(text),
  groupName: optional(text),
  jobName: optional(text),
  driverConfig: [() => true, ''],
  env: [
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(([name, entry]) => isVariable(name, entry)),
    'an object of text by name; names are not empty and have no "="',
  ],
  user: optional(text),
  taskDir: absolute,
  stdoutPath: outputPath,
  stderrPath: outputPath,
  outputHasReader: optional([(value) => typeof value === 'boolean', 'true or false']),
  pipeOutput: optional([(value) => typeof value === 'boolean', 'true or false']),
  logs: optional([isObject, 'an object with directory']),
  networkNamespace: optional(absolute),
  givenGroup: optional([
    isGivenGroup,
    'an object of absolute paths: v2, or v1 and shared by controller',
  ]),
  // What is in it is looked at by `TaskLimits`' own reader, which lists all that is wrong.
  limits: optional([isObject, 'an object of limits']),
  resources: optional([
    isResources,
    'an object of cpu, cores, memoryMb and memoryMaxMb, whole numbers from 0 (memoryMaxMb: -1), and cpusetCpus',
  ]),
};

function isGivenGroup(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([name, entry]: [string, unknown]) => {
    if (name === 'v2') return absolute[0](entry);
    const isMap = (name === 'v1' || name === 'shared') && typeof entry === 'object';
    return isMap && entry !== null && Object.values(entry).every(absolute[0]);
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const leastOf: Readonly<Record<string, number>> = {
  cpu: 0,
  cores: 0,
  memoryMb: 0,
  memoryMaxMb: -1,
};

function isResources(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([name, entry]: [string, unknown]) => {
    if (name === 'cpusetCpus') return entry === undefined || isText(entry);
    const least = leastOf[name];
    return (
      least !== undefined &&
      (entry === undefined || (Number.isSafeInteger(entry) && Number(entry) >= least))
    );
  });
}

/** @throws InvalidOptionError for the first field that can never work, and for unknown ones */
export function checkDriverTask(task: DriverTask): void {
  const given = new Map<string, unknown>(Object.entries(task));
  for (const [field, [isRight, allowed]] of Object.entries(checks)) {
    const value = given.get(field);
    given.delete(field);
    if (!isRight(value)) {
      throw invalid(field, `${field} must be ${allowed}, got ${describeValue(value)}`);
    }
  }
  for (const field of given.keys()) {
    const nearest = nearestName(field, Object.keys(checks));
    const hint = nearest === undefined ? '' : `. Did you mean ${nearest}?`;
    throw invalid(field, `a task has no field ${field}${hint}`);
  }
  if (task.pipeOutput === true && (task.stdoutPath ?? task.stderrPath ?? '') !== '') {
    throw invalid(
      'pipeOutput',
      'pipeOutput cannot be given together with stdoutPath or stderrPath',
    );
  }
  if (task.logs !== undefined) checkLogs(task, task.logs);
}

const logChecks: Readonly<Record<keyof TaskLogs, Check>> = {
  directory: absolute,
  maxFiles: optional([isWhole(1, 100_000), 'a whole number from 1 to 100000']),
  maxFileSizeBytes: optional([isWhole(1, Number.MAX_SAFE_INTEGER), 'a whole number of bytes']),
  mode: optional([isWhole(0, 0o777), 'permission bits, 0 to 0o777']),
  pump: optional([(value) => value === 'splice' || value === 'copy', "'splice' or 'copy'"]),
  whenFull: optional([(value) => value === 'block' || value === 'drop', "'block' or 'drop'"]),
};

function checkLogs(task: DriverTask, logs: TaskLogs): void {
  const given = new Map<string, unknown>(Object.entries(logs));
  for (const [field, [isRight, allowed]] of Object.entries(logChecks)) {
    const value = given.get(field);
    given.delete(field);
    if (!isRight(value)) {
      throw invalid(
        `logs.${field}`,
        `logs.${field} must be ${allowed}, got ${describeValue(value)}`,
      );
    }
  }
  for (const field of given.keys()) {
    const nearest = nearestName(field, Object.keys(logChecks));
    const hint = nearest === undefined ? '' : `. Did you mean ${nearest}?`;
    throw invalid(`logs.${field}`, `logs have no field ${field}${hint}`);
  }
  if (task.pipeOutput === true || (task.stdoutPath ?? task.stderrPath ?? '') !== '') {
    throw invalid(
      'logs',
      'logs cannot be given together with stdoutPath, stderrPath or pipeOutput',
    );
  }
  if (task.name.includes('/')) {
    throw invalid('name', 'name is part of the names of log files and must not have a "/"');
  }
}

function isWhole(least: number, most: number): (value: unknown) => boolean {
  return (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** @throws InvalidOptionError for what is no program with its arguments */
export function checkCommand(command: unknown): void {
  const isCommand = Array.isArray(command) && command[0] !== '' && command.every(isText);
  if (isCommand && command.length > 0) return;
  throw invalid(
    'command',
    `command must be a list of text without NUL bytes, the program first, got ${describeValue(command)}`,
  );
}

function isVariable(name: string, value: unknown): boolean {
  return name !== '' && !/[=\0]/.test(name) && isText(value);
}

function invalid(field: string, message: string): InvalidOptionError {
  return new InvalidOptionError('ERR_INVALID_OPTION', field, message);
}
