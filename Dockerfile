# Asterisk for machines that are not Debian: `npm start` and `npm run demo` build and run it by themselves where no other
# Asterisk is found and Docker answers. It holds no configuration: that is written for every start and mounted.
FROM debian:forky-slim

RUN apt-get update \
  && apt-get install --yes --no-install-recommends asterisk asterisk-core-sounds-en-wav sip-tester \
  && rm -rf /var/lib/apt/lists/*

ENTRYPOINT ["/usr/sbin/asterisk"]
