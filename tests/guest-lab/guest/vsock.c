/* vsock connect CID PORT | vsock listen PORT: joins standard input and output to a socket of the vsock family, of
 * which busybox knows nothing. The end of the input ends this direction, the end of the other side's ends the
 * program. Exit status: 0; 2 refused by the other side; 3 the other side went while there was more to send; 1 for
 * anything else. (vsock(7)) */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

static int fail(const char *what)
{
    int error = errno;

    fprintf(stderr, "vsock: %s: %s\n", what, strerror(error));
    return error == EPIPE || error == ECONNRESET ? 3 : 1;
}

/* More than 0 while there is more to come. */
static int copy(int from, int to)
{
    static char buffer[65536];
    ssize_t length = read(from, buffer, sizeof(buffer));

    for (ssize_t done = 0; done < length;) {
        ssize_t count = write(to, buffer + done, length - done);
        if (count < 0)
            return -1;
        done += count;
    }
    return length < 0 ? -1 : length > 0;
}

static int join(int fd)
{
    struct pollfd polls[2] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };

    for (;;) {
        if (poll(polls, 2, -1) < 0)
            return fail("poll");
        if (polls[0].revents) {
            int more = copy(fd, 1);
            if (more < 0)
                return fail("receive");
            if (!more && polls[1].fd < 0)
                return 0;
            if (!more)
                polls[0].fd = -1;
        }
        if (polls[1].revents) {
            int more = copy(0, fd);
            if (more < 0)
                return fail("send");
            if (!more) {
                shutdown(fd, SHUT_WR);
                polls[1].fd = -1;
                if (polls[0].fd < 0)
                    return 0;
            }
        }
    }
}

int main(int count, char **words)
{
    struct sockaddr_vm address = { .svm_family = AF_VSOCK };
    struct timeval patience = { .tv_sec = 120 }; /* The kernel's own is 2 s; an emulated host may take longer. */
    int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    if (fd < 0)
        return fail("socket");
    setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &patience, sizeof(patience));
    if (count == 4 && !strcmp(words[1], "connect")) {
        address.svm_cid = strtoul(words[2], NULL, 10);
        address.svm_port = strtoul(words[3], NULL, 10);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
            /* A reset is the answer where nobody listens. */
            return fail("connect") == 3 ? 2 : 1;
        return join(fd);
    }
    if (count == 3 && !strcmp(words[1], "listen")) {
        address.svm_cid = VMADDR_CID_ANY;
        address.svm_port = strtoul(words[2], NULL, 10);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
            return fail("listen");
        fprintf(stderr, "vsock: listens at %s\n", words[2]);
        fd = accept(fd, NULL, NULL);
        return fd < 0 ? fail("accept") : join(fd);
    }
    fprintf(stderr, "usage: vsock connect CID PORT | vsock listen PORT\n");
    return 1;
}
