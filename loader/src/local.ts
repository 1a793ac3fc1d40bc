// How does the solver, which fetches by itself and knows only http, read a channel on the disk?
//
// In Node, a server on the loopback interface shows it the channel's folder while it solves.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalChannels {
  /** The channels in the same order, all of them http(s). */
  channels: string[];
  close(): void;
}

/** Replace `file:` channels by http ones until `close` is called. */
export async function serveLocally(channels: string[]): Promise<LocalChannels> {
  if (!channels.some(isLocal)) return { channels, close: () => {} };
  const { createServer } = await import("node:http");
  const { readFile } = await import("node:fs/promises");

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // new URL() resolves "..": what is left of the path stays inside its channel.
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, index, path] = /^\/(\d+)\/(.+)$/.exec(pathname) ?? [];
    const channel = channels[Number(index)];
    try {
      if (!channel || !path) throw new Error("no such channel");
      const content = await readFile(new URL(path, channel));
      response.writeHead(200, { "content-length": content.length }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  };
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    channels: channels.map((url, index) =>
      isLocal(url) ? `http://127.0.0.1:${port}/${index}/` : url,
    ),
    close() {
      server.close();
      server.closeAllConnections(); // fetch keeps them open
    },
  };
}

function isLocal(url: string): boolean {
  return url.startsWith("file:");
}
