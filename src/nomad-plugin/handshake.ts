// Pure: what a host of go-plugin says to a program that it has started, by its environment, and the one line that it waits for.

/** By which a host tells that it is one; Nomad's. */
const cookieName = 'NOMAD_PLUGIN_MAGIC_COOKIE';
const cookie = 'e4327c2e01eabfd75a8a67adb114fb34a757d57eee7728d857a8cec6e91a7255';

const coreProtocol = 1;
/** Of the services, in Nomad's count. */
const appProtocol = 2;

export interface HostWishes {
  /** PEM: the only client that may connect. Absent: no TLS. */
  readonly clientCertificate?: string;
  /** Where the socket is to be. */
  readonly socketDirectory?: string;
  /** Name or id of the group that may connect. */
  readonly socketGroup?: string;
  /** The host asks whether one connection may carry all brokered services; others do not know the field. */
  readonly asksForMultiplexing: boolean;
}

export type Handshake =
  | { readonly ok: true; readonly wishes: HostWishes }
  | { readonly ok: false; readonly problem: string };

type Environment = Readonly<Record<string, string | undefined>>;

export function readHandshake(env: Environment): Handshake {
  if (env[cookieName] !== cookie) {
    return {
      ok: false,
      problem:
        'this is a plugin of Nomad: a Nomad client starts it, and no user does. Put it where the client finds it by ' +
        '"raw-exec plugin install --plugin-dir DIR", or see "raw-exec plugin --help"',
    };
  }
  const versions = env['PLUGIN_PROTOCOL_VERSIONS'] ?? String(appProtocol);
  if (!versions.split(',').includes(String(appProtocol))) {
    return {
      ok: false,
      problem: `the host speaks version ${versions} of the plugin protocol (PLUGIN_PROTOCOL_VERSIONS), this plugin version ${appProtocol}. Use a Nomad of 0.9 or later`,
    };
  }
  const clientCertificate = given(env['PLUGIN_CLIENT_CERT']);
  const socketDirectory = given(env['PLUGIN_UNIX_SOCKET_DIR']);
  const socketGroup = given(env['PLUGIN_UNIX_SOCKET_GROUP']);
  return {
    ok: true,
    wishes: {
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(socketDirectory !== undefined && { socketDirectory }),
      ...(socketGroup !== undefined && { socketGroup }),
      asksForMultiplexing: env['PLUGIN_MULTIPLEX_GRPC'] !== undefined,
    },
  };
}

/** @param certificate - DER of the plugin's own, where there is TLS */
export function handshakeLine(
  socket: string,
  { asksForMultiplexing }: HostWishes,
  certificate?: Buffer,
): string {
  // The standard alphabet without padding, as Go's RawStdEncoding has it.
  const own = certificate?.toString('base64').replace(/=+$/, '') ?? '';
  const fields = [coreProtocol, appProtocol, 'unix', socket, 'grpc', own];
  // Drivers have no brokered services: nothing is multiplexed.
  return `${[...fields, ...(asksForMultiplexing ? ['false'] : [])].join('|')}\n`;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
