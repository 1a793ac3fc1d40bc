// What does a path of Emscripten's FS mean? The same as on Linux: path_resolution(7).

addToLibrary({
  $walk__deps: ["$FS", "$MEMFS", "$posix", "$lengthBytesUTF8"],
  $walk: {
    // The current folder. It can be renamed and removed.
    current: null,

    fail(errno) {
      throw new FS.ErrnoError(errno);
    },

    // The entry of a folder, or undefined.
    entry(folder, name) {
      if (folder.node_ops.readdir === MEMFS.node_ops.readdir) {
        return folder.contents[name];
      }
      try {
        return FS.lookupNode(folder, name);
      } catch (error) {
        if (error.errno !== posix.ENOENT) {
          throw error;
        }
        return undefined;
      }
    },

    // The entries of /proc/self/fd are links without a mode.
    isLink: (node) => FS.isLink(node.mode) || node.id === undefined,

    // The folder that contains a folder.
    above(folder) {
      if (folder.parent !== folder) {
        return folder.parent;
      }
      const { mountpoint } = folder.mount;
      return mountpoint === "/"
        ? folder
        : FS.lookupPath(mountpoint, { follow_mount: false }).node.parent;
    },

    checkSearch(folder) {
      if (!FS.isDir(folder.mode)) {
        walk.fail(posix.ENOTDIR);
      }
      const errno = FS.nodePermissions(folder, "x");
      if (errno) {
        walk.fail(errno);
      }
    },

    checkLength(text, limit) {
      // A character has at most three bytes for each unit of UTF-16.
      if (text.length * 3 > limit && lengthBytesUTF8(text) > limit) {
        walk.fail(posix.ENAMETOOLONG);
      }
    },

    // Resolves a path to {parent, name, node, slash}. `node` is undefined if the folder `parent`
    // has no such entry. `name` is "." or ".." or "/" if the last component is. `slash` says that
    // the path ends with a slash, so it has to be a folder's.
    //
    // follow: follow a link in the last component. followSlash: follow such a link if a slash
    // follows it, and fail for what is no folder there. Calls that make or remove a name do not.
    // mount: the root of a file system in place of the folder on which it is mounted.
    find(path, { at = walk.current, follow = true, followSlash = true, mount = true } = {}) {
      if (path === "") {
        walk.fail(posix.ENOENT);
      }
      walk.checkLength(path, 4095);
      let folder = path[0] === "/" ? FS.root : at;
      let slash = path.endsWith("/");
      let links = 0;
      const parts = path.split("/").filter(Boolean).reverse();
      if (parts.length === 0) {
        return { parent: folder, name: "/", node: folder, slash };
      }
      for (;;) {
        walk.checkSearch(folder);
        const name = parts.pop();
        const last = parts.length === 0;
        if (name === "." || name === "..") {
          folder = name === "." ? folder : walk.above(folder);
          if (last) {
            return { parent: folder, name, node: folder, slash };
          }
          continue;
        }
        walk.checkLength(name, 255);
        let node = walk.entry(folder, name);
        if (!node) {
          if (last) {
            return { parent: folder, name, node, slash };
          }
          walk.fail(posix.ENOENT);
        }
        if (node.mounted && (mount || !last)) {
          node = node.mounted.root;
        }
        if (walk.isLink(node) && (!last || follow || (slash && followSlash))) {
          if (++links > 40) {
            walk.fail(posix.ELOOP);
          }
          if (node.id === undefined) {
            // A descriptor in /proc/self/fd, which leads to the open file itself.
            node = FS.getStreamChecked(Number(name)).node;
          } else {
            const target = node.node_ops.readlink(node);
            slash ||= last && target.endsWith("/");
            folder = target[0] === "/" ? FS.root : folder;
            parts.push(...target.split("/").filter(Boolean).reverse());
            if (parts.length === 0) {
              return { parent: folder, name: "/", node: folder, slash };
            }
            continue;
          }
        }
        if (last) {
          if (slash && followSlash && !FS.isDir(node.mode)) {
            walk.fail(posix.ENOTDIR);
          }
          return { parent: folder, name, node, slash };
        }
        folder = node;
      }
    },

    // The node at a path.
    node(path, options) {
      return walk.find(path, options).node ?? walk.fail(posix.ENOENT);
    },
  },
});
