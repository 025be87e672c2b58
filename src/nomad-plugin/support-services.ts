// Owner of what go-plugin's host asks besides a plugin's own services.

import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { CallError } from './grpc-errors.ts';
import type { Call, Handlers } from './grpc-services.ts';
import type { GRPCBroker, GRPCController, GRPCStdio } from './wire/go_plugin_pb.ts';
import { type Health, HealthCheckResponse_ServingStatus as Serving } from './wire/health_pb.ts';

/** The name under which the host pings; the empty one is the server as a whole, see gRPC's health checking protocol. */
const names: readonly string[] = ['plugin', ''];

export function healthHandlers(): Handlers<typeof Health> {
  return {
    check: ({ service }) => {
      if (names.includes(service)) return { status: Serving.SERVING };
      throw new CallError(status.NOT_FOUND, `there is no service ${JSON.stringify(service)}`);
    },
    async *watch({ service }, { signal }) {
      yield { status: names.includes(service) ? Serving.SERVING : Serving.SERVICE_UNKNOWN };
      await whenAborted(signal);
    },
  };
}

/** Drivers have no services of their own to broker: the stream is held open, and nothing is said. */
export function brokerHandlers(): Handlers<typeof GRPCBroker> {
  return {
    startStream: (requests) => silentUntil(drain(requests)),
  };
}

/** @param onShutdown called when the answer is on its way */
export function controllerHandlers(onShutdown: () => void): Handlers<typeof GRPCController> {
  return {
    shutdown: () => {
      setImmediate(onShutdown);
      return {};
    },
  };
}

/** Nothing is written there: what there is to say goes to the log. */
export function stdioHandlers(): Handlers<typeof GRPCStdio> {
  return {
    streamStdio: (_request: unknown, { signal }: Call) => silentUntil(whenAborted(signal)),
  };
}

/** A stream without a message, which ends then. */
function silentUntil(end: Promise<void>): AsyncIterable<never> {
  const next = (): Promise<IteratorResult<never>> =>
    end.then(() => ({ done: true, value: undefined }));
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** Nobody here waits for a connection. */
async function drain(requests: AsyncIterable<unknown>): Promise<void> {
  const iterator = requests[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
