// Pure: the text below the list of commands.

export const programHelp = `
Examples:
  raw-exec init                           write a job file to begin with
  raw-exec run web.nomad.hcl              run a job until all its tasks have ended
  raw-exec validate -var port=80 web.nomad.hcl
  raw-exec spawn --nice 10 --limit nofile=64 -- make -j4

Each command has a help of its own: raw-exec help run
`;
