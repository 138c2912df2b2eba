# Short names for what .ci/run does; `make` alone runs everything.
.PHONY: all test race lint fix fuzz bench api update

all:            ; .ci/run
test:           ; go test ./...
race:           ; .ci/run services test
lint:           ; .ci/run format vet fix tidy lint
fix:            ; gofmt -w . && go fix ./...
fuzz:           ; .ci/run fuzz
bench:          ; .ci/run bench
api:            ; .ci/run api

# make update PKG=./monday rewrites the golden files of one package.
update:         ; go test $(PKG) -update
