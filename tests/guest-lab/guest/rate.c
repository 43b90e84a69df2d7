/* How fast a guest's disk and network card are.
 *   rate disk FILE read|write sequential|random BLOCK COUNT DEPTH   past the cache, DEPTH requests at a time
 *   rate serve PORT               takes one connection, and what comes until it is closed
 *   rate send ADDRESS PORT BYTES  sends to it
 *   rate echo PORT                gives back one connection's bytes, 64 at a time
 *   rate ask ADDRESS PORT COUNT   sends 64 bytes and waits for them, again and again
 * Each prints one line, "rate: COUNT operations, BYTES bytes, NANOSECONDS ns".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_DEPTH = 64, MESSAGE = 64, PIECE = 64 << 10 };

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int tell(uint64_t operations, uint64_t bytes, uint64_t begun)
{
    printf("rate: %llu operations, %llu bytes, %llu ns\n", (unsigned long long)operations,
        (unsigned long long)bytes, (unsigned long long)(now() - begun));
    return 0;
}

static uint8_t *allocate(size_t length)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    uint8_t *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED)
        err(1, "mmap");
    memset(memory, 0x5a, length);
    return memory;
}

/* Numerical Recipes' generator: the same places in every guest. */
static uint64_t next_place(uint64_t places)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (state >> 33) % places;
}

static int disk(char **arguments)
{
    const char *file = arguments[0];
    int writes = strcmp(arguments[1], "write") == 0, random = strcmp(arguments[2], "random") == 0;
    size_t block = strtoul(arguments[3], NULL, 0);
    uint64_t count = strtoull(arguments[4], NULL, 0);
    long depth = strtol(arguments[5], NULL, 0);
    if (depth < 1 || depth > MOST_DEPTH || (uint64_t)depth > count)
        errx(1, "1 to %d requests at a time", MOST_DEPTH);
    int fd = open(file, O_RDWR | O_DIRECT);
    if (fd < 0)
        err(1, "%s", file);
    uint64_t places = lseek(fd, 0, SEEK_END) / block;
    if (places == 0)
        errx(1, "%s is smaller than a block", file);

    aio_context_t context = 0;
    if (syscall(SYS_io_setup, depth, &context) < 0)
        err(1, "io_setup");
    struct iocb requests[MOST_DEPTH], *begins[MOST_DEPTH];
    struct io_event events[MOST_DEPTH];
    uint8_t *memory = allocate(block * depth);
    for (long each = 0; each < depth; each++) {
        requests[each] = (struct iocb) {
            .aio_fildes = fd, .aio_lio_opcode = writes ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
            .aio_buf = (uintptr_t)(memory + each * block), .aio_nbytes = block, .aio_data = each,
        };
    }

    uint64_t submitted = 0, done = 0, begun = now();
    long waiting = depth;
    for (long each = 0; each < depth; each++)
        begins[each] = &requests[each];
    while (done < count) {
        long batch = 0;
        for (; batch < waiting && submitted < count; batch++, submitted++)
            begins[batch]->aio_offset = block * (random ? next_place(places) : submitted % places);
        if (batch > 0 && syscall(SYS_io_submit, context, batch, begins) != batch)
            err(1, "io_submit");
        waiting = syscall(SYS_io_getevents, context, 1L, depth, events, NULL);
        if (waiting < 1)
            err(1, "io_getevents");
        for (long each = 0; each < waiting; each++) {
            if (events[each].res != (int64_t)block)
                errx(1, "a request ended with %lld", (long long)events[each].res);
            begins[each] = &requests[events[each].data];
        }
        done += waiting;
    }
    return tell(count, count * block, begun);
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
    if (inet_pton(AF_INET, address, &place.sin_addr) != 1)
        errx(1, "%s is no address", address);
    return place;
}

static void no_delay(int fd) { setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof(int)); }

static int accept_one(const char *port)
{
    struct sockaddr_in place = address_of("0.0.0.0", port);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int) { 1 }, sizeof(int));
    if (bind(listener, (struct sockaddr *)&place, sizeof place) < 0 || listen(listener, 1) < 0)
        err(1, "listen");
    printf("rate: listens\n");
    fflush(stdout);
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        err(1, "accept");
    close(listener);
    no_delay(fd);
    return fd;
}

static int connect_to(const char *address, const char *port)
{
    struct sockaddr_in place = address_of(address, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&place, sizeof place) < 0)
        err(1, "connect");
    no_delay(fd);
    return fd;
}

static int serve(char **arguments)
{
    int fd = accept_one(arguments[0]);
    uint8_t *memory = allocate(PIECE);
    uint64_t bytes = 0, calls = 0, begun = now();
    for (ssize_t length; (length = read(fd, memory, PIECE)) > 0; bytes += length)
        calls++;
    return tell(calls, bytes, begun);
}

static int send_bytes(char **arguments)
{
    int fd = connect_to(arguments[0], arguments[1]);
    uint64_t bytes = strtoull(arguments[2], NULL, 0), left = bytes, calls = 0, begun = now();
    uint8_t *memory = allocate(PIECE);
    for (; left > 0; calls++) {
        ssize_t length = write(fd, memory, left < PIECE ? left : PIECE);
        if (length <= 0)
            err(1, "write");
        left -= length;
    }
    /* The end comes back when the other side has taken everything. */
    shutdown(fd, SHUT_WR);
    if (read(fd, memory, 1) != 0)
        err(1, "read");
    return tell(calls, bytes, begun);
}

static void take(int fd, uint8_t *message)
{
    for (size_t length = 0; length < MESSAGE;) {
        ssize_t part = read(fd, message + length, MESSAGE - length);
        if (part <= 0)
            exit(part == 0 ? tell(0, 0, now()) : 1);
        length += part;
    }
}

static int echo(char **arguments)
{
    uint8_t message[MESSAGE];
    for (int fd = accept_one(arguments[0]);;) {
        take(fd, message);
        if (write(fd, message, MESSAGE) != MESSAGE)
            err(1, "write");
    }
}

static int ask(char **arguments)
{
    uint8_t message[MESSAGE] = { 0 };
    int fd = connect_to(arguments[0], arguments[1]);
    uint64_t count = strtoull(arguments[2], NULL, 0), begun = now();
    for (uint64_t each = 0; each < count; each++) {
        if (write(fd, message, MESSAGE) != MESSAGE)
            err(1, "write");
        take(fd, message);
    }
    return tell(count, count * MESSAGE, begun);
}

int main(int count, char **arguments)
{
    static const struct { const char *name; int count; int (*run)(char **); } modes[] = {
        { "disk", 6, disk }, { "serve", 1, serve }, { "send", 3, send_bytes }, { "echo", 1, echo }, { "ask", 3, ask },
    };
    for (size_t each = 0; each < sizeof modes / sizeof *modes; each++) {
        if (count == modes[each].count + 2 && strcmp(arguments[1], modes[each].name) == 0)
            return modes[each].run(arguments + 2);
    }
    errx(1, "usage: rate disk|serve|send|echo|ask ARGUMENT...");
}
