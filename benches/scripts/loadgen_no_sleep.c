/* Makes sleeping cost nothing: preloaded, nanosleep returns at once and moves the clock instead, so
 * that MLPerf LoadGen goes through a schedule of days in seconds. The schedule itself is untouched:
 * LoadGen has it ready before it looks at the clock. For x86-64 Linux with glibc.
 *
 *   cc -O2 -shared -fPIC -o no_sleep.so loadgen_no_sleep.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define SECOND 1000000000LL

static _Atomic long long slept_ns;

static struct timespec moved(struct timespec time, long long by_ns) {
  long long ns = time.tv_sec * SECOND + time.tv_nsec + by_ns;
  return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
  (void)left;
  atomic_fetch_add(&slept_ns, wanted->tv_sec * SECOND + wanted->tv_nsec);
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) *now = moved(*now, atomic_load(&slept_ns));
  return result;
}

/* LoadGen's logger waits until a moment of the moved clock, which the kernel does not know. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until) {
  static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!real)
    real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlvsym(
        RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  struct timespec real_until = moved(*until, -atomic_load(&slept_ns));
  return real(condition, mutex, &real_until);
}
