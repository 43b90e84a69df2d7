/* A 16550A at 0x3f8 with output only, an MC146818 clock, power-off, and an exit; all else reads as ones. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vmm.h"

enum { COM1 = 0x3f8, COM1_LINE = 4, CLOCK = 0x70, EXIT = 0xf4, SLEEP = 0x600 };

static struct {
    uint8_t enabled, line_control, modem_control, scratch, divisor[2], fifo;
    int room_told; /* whether "there is room" waits to be read or for its interrupt */
    int level;
} serial;

static uint8_t clock_index;

static void update_line(void)
{
    int level = serial.room_told && (serial.enabled & 2);
    if (level != serial.level)
        set_line(COM1_LINE, level);
    serial.level = level;
}

static uint8_t read_serial(int offset)
{
    uint8_t value;
    int divisor = serial.line_control & 0x80;
    switch (offset) {
    case 0:
        return divisor ? serial.divisor[0] : 0;
    case 1:
        return divisor ? serial.divisor[1] : serial.enabled;
    case 2:
        value = serial.fifo | (serial.room_told && (serial.enabled & 2) ? 2 : 1);
        serial.room_told = 0;
        update_line();
        return value;
    case 3:
        return serial.line_control;
    case 4:
        return serial.modem_control;
    case 5:
        return 0x60; /* all is sent, always */
    case 6: /* In loopback the outputs come back as the inputs, in another order. */
        value = serial.modem_control;
        return value & 0x10 ? (value & 1) << 5 | (value & 2) << 3 | (value & 0xc) << 4 : 0xb0;
    default:
        return serial.scratch;
    }
}

static void write_serial(int offset, uint8_t value)
{
    int divisor = serial.line_control & 0x80;
    switch (offset) {
    case 0:
        if (divisor) {
            serial.divisor[0] = value;
            return;
        }
        if (!(serial.modem_control & 0x10)) {
            putchar(value);
            if (value == '\n')
                fflush(stdout);
        }
        serial.room_told = 0;
        update_line();
        serial.room_told = 1;
        break;
    case 1:
        if (divisor) {
            serial.divisor[1] = value;
            return;
        }
        if ((value & 2) && !(serial.enabled & 2))
            serial.room_told = 1;
        serial.enabled = value & 0xf;
        break;
    case 2:
        serial.fifo = value & 1 ? 0xc0 : 0;
        break;
    case 3:
        serial.line_control = value;
        break;
    case 4:
        serial.modem_control = value & 0x1f;
        break;
    case 7:
        serial.scratch = value;
        break;
    }
    update_line();
}

static uint8_t bcd(int value) { return value / 10 << 4 | value % 10; }

static uint8_t read_clock(void)
{
    time_t seconds = time(NULL);
    struct tm now;
    gmtime_r(&seconds, &now);
    switch (clock_index) {
    case 0x00: return bcd(now.tm_sec);
    case 0x02: return bcd(now.tm_min);
    case 0x04: return bcd(now.tm_hour);
    case 0x06: return bcd(now.tm_wday + 1);
    case 0x07: return bcd(now.tm_mday);
    case 0x08: return bcd(now.tm_mon + 1);
    case 0x09: return bcd(now.tm_year % 100);
    case 0x32: return bcd(19 + now.tm_year / 100);
    case 0x0a: return 0x26; /* 32.768 kHz, no update in progress */
    case 0x0b: return 0x02; /* 24 hours, BCD */
    case 0x0d: return 0x80; /* the battery is good */
    default: return 0;
    }
}

void read_port(uint16_t port, uint8_t *data, int size)
{
    memset(data, 0xff, size);
    if (size == 1 && port >= COM1 && port < COM1 + 8)
        *data = read_serial(port - COM1);
    else if (size == 1 && port == CLOCK + 1)
        *data = read_clock();
}

void write_port(uint16_t port, const uint8_t *data, int size)
{
    if (size == 1 && port >= COM1 && port < COM1 + 8)
        write_serial(port - COM1, *data);
    else if (size == 1 && port == CLOCK)
        clock_index = *data & 0x7f;
    else if (port == EXIT)
        end("written to the exit port", *data << 1 | 1);
    else if (port == SLEEP && (*data & 0x3c) == 0x34)
        end("powered off", 0);
}
