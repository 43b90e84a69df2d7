/* Stands for the kernel's linux/types.h and linux/ioctl.h. */
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define _IOC_READ 2U
#define _IOC_WRITE 1U
#define _IOC_DIR(x) ((x) >> 30 & 3)
#define _IOC_NR(x) ((x) & 0xff)
#define _IOC_SIZE(x) ((x) >> 16 & 0x3fff)
