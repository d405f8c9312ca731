import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

/** One end of a connection, with what has come in. */
class End {
  readonly socket: Socket;
  text = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        this.text += String(data);
      });
    onTestFinished(() => void socket.destroy());
  }

  async has(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.text).toBe(text));
  }
}

interface Scene {
  readonly proxy: TcpProxy;
  /** Ends at the target, in the order in which they came. */
  readonly targets: readonly End[];
  readonly connect: () => Promise<End>;
}

async function startScene(): Promise<Scene> {
  const targets: End[] = [];
  const server = createServer((socket) => targets.push(new End(socket))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  onTestFinished(async () => {
    await proxy.stop();
    server.close();
  });
  const open = async (): Promise<End> => {
    const socket = connect(proxy.port, '127.0.0.1');
    await once(socket, 'connect');
    return new End(socket);
  };
  return { proxy, targets, connect: open };
}

/** A connection over which both ends have spoken. */
async function startTalking(scene: Scene): Promise<{ client: End; target: End }> {
  const client = await scene.connect();
  client.socket.write('hello');
  await vi.waitFor(() => expect(scene.targets).toHaveLength(1));
  const target = scene.targets[0] as End;
  await target.has('hello');
  target.socket.write('welcome');
  await client.has('welcome');
  return { client, target };
}

test('what one end writes the other reads, and a close is passed on', async () => {
  const scene = await startScene();
  const { client, target } = await startTalking(scene);
  expect(scene.proxy.connections).toBe(1);
  const closed = once(target.socket, 'close');
  client.socket.end();
  await closed;
  await vi.waitFor(() => expect(scene.proxy.connections).toBe(0));
});

test('once it is stopped nothing passes in either direction, and all of it when it goes on', async () => {
  const scene = await startScene();
  const { client, target } = await startTalking(scene);
  scene.proxy.stopForwarding();
  client.socket.write(', anybody there?');
  target.socket.write(', come in');
  // A second proxy to the same end would be passed at once: this one has had its chance to pass anything.
  const witness = await startScene();
  await startTalking(witness);
  expect([client.text, target.text]).toEqual(['welcome', 'hello']);
  expect(client.socket.readyState).toBe('open');
  scene.proxy.forward();
  await target.has('hello, anybody there?');
  await client.has('welcome, come in');
});

test('while it is stopped neither end learns that the other one is gone', async () => {
  const scene = await startScene();
  const { client, target } = await startTalking(scene);
  scene.proxy.stopForwarding();
  client.socket.destroy();
  await startTalking(await startScene());
  expect(target.socket.readyState).toBe('open');
  const closed = once(target.socket, 'close');
  scene.proxy.forward();
  await closed;
  await vi.waitFor(() => expect(scene.proxy.connections).toBe(0));
});

test('a connection made while it is stopped stands silently, and works when it goes on', async () => {
  const scene = await startScene();
  scene.proxy.stopForwarding();
  const client = await scene.connect();
  client.socket.write('hello');
  await vi.waitFor(() => expect(scene.targets).toHaveLength(1));
  await startTalking(await startScene());
  expect(scene.targets[0]?.text).toBe('');
  scene.proxy.forward();
  await scene.targets[0]?.has('hello');
});

test('connections can be cut at both ends', async () => {
  const scene = await startScene();
  const { client, target } = await startTalking(scene);
  const closed = [once(client.socket, 'close'), once(target.socket, 'close')];
  scene.proxy.cut();
  await Promise.all(closed);
  await vi.waitFor(() => expect(scene.proxy.connections).toBe(0));
});

test('a connection to a target that is away is closed', async () => {
  const { proxy } = await startScene();
  const nowhere = await TcpProxy.start({ host: '127.0.0.1', port: proxy.port });
  onTestFinished(() => nowhere.stop());
  await proxy.stop();
  const socket = connect(nowhere.port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'close');
});

test('it listens on the port that it is given, so that one can take the place of another', async () => {
  const { proxy } = await startScene();
  const { port } = proxy;
  await proxy.stop();
  const next = await TcpProxy.start({ host: '127.0.0.1', port }, port);
  onTestFinished(() => next.stop());
  expect(next.port).toBe(port);
});
