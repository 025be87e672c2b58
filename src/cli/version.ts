// Pure: the version, which the bundler writes in place of the name below.

declare const RAW_EXEC_VERSION: string;

export const version: string = RAW_EXEC_VERSION;
