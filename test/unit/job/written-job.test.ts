// A job that is written as the API has it is the same job when it is read again.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiJob } from '../../../src/job/api-job.ts';
import type { Job, Network } from '../../../src/job/job-model.ts';
import { loadJobFile } from '../../../src/job/load-job-file.ts';
import { repoRoot } from '../../helpers/repo-root.ts';

const whole = `
job "whole" {
  type        = "service"
  priority    = 70
  datacenters = ["a", "b"]
  meta { owner = "me" }
  constraint {
    attribute = "\${attr.kernel.name}"
    value     = "linux"
  }
  affinity {
    attribute = "\${node.class}"
    value     = "fast"
  }
  group "g" {
    count          = 3
    shutdown_delay = "1500ms"
    network {
      port "http" { to = 80 }
      port "fixed" { static = 8080 }
    }
    restart {
      attempts = 5
      interval = "10m"
      delay    = "1s"
      mode     = "delay"
    }
    reschedule {
      attempts       = 3
      interval       = "1h"
      delay          = "7s"
      delay_function = "fibonacci"
      max_delay      = "2m"
      unlimited      = false
    }
    ephemeral_disk {
      size   = 150
      sticky = true
    }
    task "before" {
      driver = "raw_exec"
      config { command = "true" }
      lifecycle {
        hook    = "prestart"
        sidecar = true
      }
    }
    task "main" {
      driver         = "raw_exec"
      leader         = true
      user           = "nobody"
      kill_signal    = "SIGTERM"
      kill_timeout   = "90s"
      shutdown_delay = "2s"
      config {
        command = "/bin/echo"
        args    = ["\${NOMAD_TASK_NAME}", "$\${HOME}"]
      }
      env { A = "b\${NOMAD_ALLOC_ID}" }
      meta { m = "n" }
      logs {
        max_files     = 2
        max_file_size = 3
      }
      resources {
        cpu        = 200
        memory     = 64
        memory_max = 128
        network {
          port "own" {}
        }
      }
    }
  }
}`;

function load(source: string, filename = 'job.hcl'): Job {
  const { job, diagnostics } = loadJobFile({ source, filename });
  assert.ok(job, JSON.stringify(diagnostics));
  return job;
}

/** Places in a file are the file's, and the API has ports in two lists. What is not acted on is compared as written. */
function essence(job: Job): unknown {
  const byLabel = (networks: readonly Network[]): unknown =>
    networks.map(({ ports, ...network }) => ({
      ...network,
      ports: ports.toSorted((a, b) => (a.label < b.label ? -1 : 1)),
    }));
  const groups = job.groups.map(({ notHonoured: _group, networks, ...group }) => ({
    ...group,
    networks: byLabel(networks),
    tasks: group.tasks.map(({ configRanges: _ranges, notHonoured: _task, ...task }) => ({
      ...task,
      resources: { ...task.resources, networks: byLabel(task.resources.networks) },
    })),
  }));
  return { ...job, groups };
}

test('a job with everything in it', () => {
  const job = load(whole);
  const again = load(JSON.stringify({ Job: apiJob(job) }), 'job.json');
  assert.deepEqual(essence(again), essence(job));
  assert.deepEqual(apiJob(again), apiJob(job));
});

test('every example', () => {
  const folder = join(repoRoot, 'examples');
  const files = readdirSync(folder).filter((name) => name.endsWith('.hcl'));
  assert.ok(files.length > 0);
  for (const file of files) {
    const { job } = loadJobFile(join(folder, file));
    assert.ok(job, file);
    const again = load(JSON.stringify(apiJob(job)), 'job.json');
    assert.deepEqual(essence(again), essence(job), file);
  }
});
