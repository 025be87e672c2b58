#!/bin/busybox sh
# First process of the guest: mounts the host's files read-only under a layer in memory, and goes on from the checkout.
# Words of the kernel's command line that begin with vm_ are our settings.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for word in $(cat /proc/cmdline); do
  case $word in vm_*=*) export "$word" ;; esac
done

fail() {
  echo "raw-exec vm: $1" >/dev/kmsg
  poweroff -f
}

again=
while read -r module; do
  insmod "/modules/$module.ko" 2>/dev/null || again="$again $module"
done </modules/order
# What was before the module it needs; one that this kernel cannot use stays out.
for module in $again; do insmod "/modules/$module.ko" 2>/dev/null; done

case $vm_share in
9p) mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose,access=any host /low ;;
virtiofs) mount -t virtiofs -o ro host /low ;;
esac || fail "cannot mount the host's files by $vm_share"
mount -t tmpfs -o size=75% rw /rw
mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/low,upperdir=/rw/upper,workdir=/rw/work,xino=off root /sysroot ||
  fail 'cannot mount the layer over the host'"'"'s files'

for folder in proc sys dev; do mount --move "/$folder" "/sysroot/$folder"; done
for folder in dev/shm run; do
  mkdir -p "/sysroot/$folder"
  mount -t tmpfs tmpfs "/sysroot/$folder"
done
chmod 1777 /sysroot/dev/shm
mkdir -p /sysroot/dev/pts
mount -t devpts -o ptmxmode=666 devpts /sysroot/dev/pts
for link in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
  ln -sf "/proc/self/${link#*:}" "/sysroot/dev/${link%%:*}"
done
mkdir /sysroot/run/vm
cp /bin/busybox /sysroot/run/vm/
cp -r /bin /sysroot/run/vm/bin
exec switch_root /sysroot /run/vm/busybox sh "$vm_root/test/vm/guest/main.sh"
