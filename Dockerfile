# The image of the microservice. `npm run package` builds it and makes the zip for the upload; by hand:
#
#   docker build --platform linux/amd64 --tag event-hubs-forwarder .
#
# The base image needs node, npm, a shell, and setcap or perl (any Debian has perl). It is the only thing that is
# fetched besides npm packages.
ARG BASE_IMAGE=node:24-slim

FROM ${BASE_IMAGE} AS base
WORKDIR /app
COPY package.json package-lock.json ./

# A stage of its own, so that a change of the source does not fetch the packages again.
FROM base AS dependencies
# No package that runs here needs an install script, so none gets to run one. Source maps of packages are deleted:
# the sources that they lead to are not in the image, the scripts are.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && find node_modules -name '*.map' -type f -delete

FROM base AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# /out is what the image gets of this repository. The licence files are taken if they are there.
RUN npm run build \
  && mkdir /out \
  && cp -R dist package.json /out/ \
  && find . -maxdepth 1 -type f \( -name 'LICENSE*' -o -name 'NOTICE*' \) -exec cp {} /out/ \;

FROM ${BASE_IMAGE} AS image
# Cumulocity expects the service on port 80, and runs the container with every capability dropped but
# NET_BIND_SERVICE. A process that is not root gets that one only from the program file, so it is written there.
# "ep": permitted and effective, because node does not raise capabilities by itself. Of the programs that are made
# privileged in this way, node goes on to read NODE_OPTIONS and NODE_EXTRA_CA_CERTS only with exactly this one.
# Slim images have no setcap, so the same attribute (the kernel's struct vfs_cap_data, version 2) is written by the
# system call setxattr, number 188 on amd64.
RUN node="$(readlink -f "$(command -v node)")" \
  && if command -v setcap > /dev/null; then \
    setcap cap_net_bind_service=ep "$node"; \
  elif command -v perl > /dev/null; then \
    perl -e '($file, $name, $data) = (@ARGV, pack("V5", 0x02000001, 1 << 10, 0, 0, 0)); \
      syscall(188, $file, $name, $data, length($data), 0) == 0 or die "setxattr: $!\n"' \
      "$node" security.capability; \
  else \
    echo 'The base image has neither setcap nor perl: as a plain user, node could not listen on port 80.' >&2; \
    exit 1; \
  fi

WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /out ./

ENV NODE_ENV=production
# All files belong to root and nothing is written: the root file system may be read-only. The number is that of the
# user "node" in the official images; it is given as a number because Kubernetes can check only that for "not root".
# RUN_AS=0:0 is the way out should a platform lose the attribute of the program file, or keep it from working.
ARG RUN_AS=1000:1000
USER ${RUN_AS}
EXPOSE 80
# Without a shell in between: node is process 1 and gets SIGTERM itself.
ENTRYPOINT ["node", "--enable-source-maps", "dist/main.js"]
