// Owner of the seam between services as protobuf-es describes them and a server of grpc-js.

import { type EventEmitter, once } from 'node:events';
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  type Server,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { statusOf } from './grpc-errors.ts';

/** What a call has beside its messages. */
export interface Call {
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

type MaybeLater<Value> = Value | Promise<Value>;

/** How one method is answered. What it throws becomes the status of the call. */
export type Handler<Method> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageShape<Input>, call: Call) => MaybeLater<MessageInitShape<Output>>
    : Method extends DescMethodServerStreaming<infer Input, infer Output>
      ? (request: MessageShape<Input>, call: Call) => AsyncIterable<MessageInitShape<Output>>
      : Method extends DescMethodBiDiStreaming<infer Input, infer Output>
        ? (
            requests: AsyncIterable<MessageShape<Input>>,
            call: Call,
          ) => AsyncIterable<MessageInitShape<Output>>
        : never;

/** One handler for each method of a service. */
export type Handlers<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: Handler<Service['method'][Name]>;
};

type AnyHandler = (input: unknown, call: Call) => unknown;

/** Adds the service to the server. @throws Error for a method without a handler */
export function addService<Service extends DescService>(
  server: Server,
  service: Service,
  handlers: Handlers<Service>,
): void {
  const definition: Record<string, MethodDefinition<unknown, unknown>> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const method of service.methods) {
    const name = method.localName;
    definition[name] = {
      path: `/${service.typeName}/${method.name}`,
      requestStream:
        method.methodKind === 'bidi_streaming' || method.methodKind === 'client_streaming',
      responseStream:
        method.methodKind === 'bidi_streaming' || method.methodKind === 'server_streaming',
      ...serializers('request', method.input),
      ...serializers('response', method.output),
    } as MethodDefinition<unknown, unknown>;
    const handler = (handlers as Readonly<Record<string, AnyHandler>>)[name];
    if (handler === undefined) throw new Error(`${service.typeName} has no handler for ${name}`);
    implementation[name] = methodOf(method.methodKind, method.output, handler);
  }
  server.addService(definition, implementation);
}

function serializers(side: 'request' | 'response', type: DescMessage): object {
  return {
    [`${side}Serialize`]: (message: MessageShape<DescMessage>) =>
      Buffer.from(toBinary(type, message)),
    [`${side}Deserialize`]: (bytes: Buffer) => fromBinary(type, bytes),
  };
}

function methodOf(
  kind: DescService['methods'][number]['methodKind'],
  output: DescMessage,
  handler: AnyHandler,
): UntypedServiceImplementation[string] {
  if (kind === 'unary') return unary(output, handler);
  if (kind === 'server_streaming') {
    const answer: handleServerStreamingCall<unknown, unknown> = (call) => {
      const signal = signalOf(call);
      void stream(call, output, () => handler(call.request, { signal }), signal);
    };
    return answer;
  }
  const answer: handleBidiStreamingCall<unknown, unknown> = (call) => {
    const signal = signalOf(call);
    // Who has nothing more to say is still to be answered: a stream that is read to its end would be destroyed as a whole.
    const requests = call.iterator({ destroyOnReturn: false });
    void stream(call, output, () => handler(requests, { signal }), signal);
  };
  return answer;
}

function unary(output: DescMessage, handler: AnyHandler): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const answer = async (): Promise<unknown> => handler(call.request, { signal: signalOf(call) });
    answer()
      .then(
        (init) => callback(null, create(output, init as MessageInitShape<DescMessage>)),
        (error: unknown) => callback(statusOf(error)),
      )
      .catch((error: unknown) => {
        // The answer itself cannot be written.
        callback({ code: status.INTERNAL, details: `the answer cannot be sent: ${String(error)}` });
      });
  };
}

/** Each message waits for the one before to be taken: a slow reader holds up its own stream alone. */
async function stream(
  call: Answering,
  output: DescMessage,
  open: () => unknown,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const init of open() as AsyncIterable<MessageInitShape<DescMessage>>) {
      if (signal.aborted) return;
      if (!call.write(create(output, init))) await once(call, 'drain', { signal });
    }
    call.end();
  } catch (error) {
    // Nobody is there to be told.
    if (!signal.aborted) call.emit('error', statusOf(error));
  }
}

/** A call whose answer is a stream. */
interface Answering extends EventEmitter {
  write(message: unknown): boolean;
  end(): unknown;
}

interface Cancellable {
  readonly cancelled: boolean;
  on(event: 'cancelled', listener: () => void): unknown;
}

function signalOf(call: Cancellable): AbortSignal {
  const controller = new AbortController();
  if (call.cancelled) controller.abort();
  else call.on('cancelled', () => controller.abort());
  return controller.signal;
}
