/** Functions of networks. Pure. */
import type { Value } from '../value.ts';
import { integerOf, numberOf, textOf } from './arguments.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';
import { formatAddress, type Network, parseNetwork } from './ip-address.ts';

/** By name. */
export const networkFunctions: FunctionTable = {
  cidrhost: { parameters: ['network', 'number'], call: host },
  cidrnetmask: { parameters: ['network'], call: netmask },
  cidrsubnet: { parameters: ['network', 'bits', 'number'], call: subnet },
  cidrsubnets: { parameters: ['network'], rest: 'bits', call: subnets },
};

function networkOf(args: readonly Value[]): Network {
  const text = textOf(args, 0);
  const network = parseNetwork(text);
  if (network === undefined) {
    const problem = `expected a network such as 10.0.0.0/8, and read ${JSON.stringify(text)}`;
    throw new FunctionFault(problem, 0);
  }
  return network;
}

function host(args: readonly Value[]): string {
  const { address, prefix, bits } = networkOf(args);
  const written = numberOf(args, 1);
  if (typeof written === 'number' && !Number.isInteger(written)) {
    throw new FunctionFault('expected a whole number', 1);
  }
  const number = BigInt(written);
  const count = 1n << BigInt(bits - prefix);
  // A negative number counts from the end.
  if (number >= count || -number > count) {
    throw new FunctionFault(`the network has only ${count} addresses`, 1);
  }
  return formatAddress(address + (number < 0n ? count + number : number), bits);
}

function netmask(args: readonly Value[]): string {
  const { prefix, bits } = networkOf(args);
  if (bits !== 32) {
    throw new FunctionFault('networks of IPv6 have no mask', 0);
  }
  const hostBits = BigInt(32 - prefix);
  return formatAddress((0xffffffffn >> hostBits) << hostBits, 32);
}

function subnet(args: readonly Value[]): string {
  const network = networkOf(args);
  const extra = integerOf(args, 1);
  const number = numberOf(args, 2);
  const prefix = network.prefix + extra;
  if (extra < 0 || prefix > network.bits) {
    throw new FunctionFault(
      `there is room for at most ${network.bits - network.prefix} more bits`,
      1,
    );
  }
  if (number < 0 || (typeof number === 'number' && !Number.isInteger(number))) {
    throw new FunctionFault('expected a whole number from 0', 2);
  }
  if (BigInt(number) >= 1n << BigInt(extra)) {
    throw new FunctionFault(`${extra} bits cannot hold ${number}`, 2);
  }
  const address = network.address + (BigInt(number) << BigInt(network.bits - prefix));
  return `${formatAddress(address, network.bits)}/${prefix}`;
}

/** Networks one behind the other, each where its size allows. */
function subnets(args: readonly Value[]): Value {
  const network = networkOf(args);
  const end = network.address + (1n << BigInt(network.bits - network.prefix));
  let next = network.address;
  return args.slice(1).map((_, index) => {
    const extra = integerOf(args, index + 1);
    const prefix = network.prefix + extra;
    if (extra < 1 || prefix > network.bits) {
      const most = network.bits - network.prefix;
      throw new FunctionFault(`the bits must be between 1 and ${most}`, index + 1);
    }
    const size = 1n << BigInt(network.bits - prefix);
    const address = ((next + size - 1n) / size) * size;
    next = address + size;
    if (next > end) {
      throw new FunctionFault('there is no room left in the network', index + 1);
    }
    return `${formatAddress(address, network.bits)}/${prefix}`;
  });
}
