;; Decompresses one LZ4 block (lz4's doc/lz4_Block_format.md) for lz4.ts.
;;
;; Copies are 16 bytes wide: they may read up to 16 bytes after the source and write up to 16 bytes
;; after the target. The caller reserves these bytes.
(module
  (memory (export "memory") 3)

  ;; Returns the raw size, or a negative error code; lz4.ts has the messages.
  (func (export "decompress")
    (param $from i32) (param $sourceSize i32) (param $target i32) (param $targetSize i32)
    (result i32)
    (local $sourceEnd i32) (local $to i32) (local $targetEnd i32)
    (local $token i32) (local $size i32) (local $more i32)
    (local $end i32) (local $match i32) (local $offset i32)
    (local.set $sourceEnd (i32.add (local.get $from) (local.get $sourceSize)))
    (local.set $to (local.get $target))
    (local.set $targetEnd (i32.add (local.get $target) (local.get $targetSize)))
    (block $done
      (loop $sequence
        (br_if $done (i32.ge_u (local.get $from) (local.get $sourceEnd)))
        (local.set $token (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))

        ;; literals
        (local.set $size (i32.shr_u (local.get $token) (i32.const 4)))
        (if (i32.eq (local.get $size) (i32.const 15))
          (then
            (loop $length
              (if (i32.ge_u (local.get $from) (local.get $sourceEnd)) (then (return (i32.const -1))))
              (local.set $more (i32.load8_u (local.get $from)))
              (local.set $from (i32.add (local.get $from) (i32.const 1)))
              (local.set $size (i32.add (local.get $size) (local.get $more)))
              (br_if $length (i32.eq (local.get $more) (i32.const 255))))))
        (if (i32.or
              (i32.gt_u (local.get $size) (i32.sub (local.get $sourceEnd) (local.get $from)))
              (i32.gt_u (local.get $size) (i32.sub (local.get $targetEnd) (local.get $to))))
          (then (return (i32.const -2))))
        (local.set $end (i32.add (local.get $to) (local.get $size)))
        (local.set $match (local.get $from))
        (loop $copy
          (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $match)))
          (local.set $match (i32.add (local.get $match) (i32.const 16)))
          (br_if $copy
            (i32.lt_u
              (local.tee $to (i32.add (local.get $to) (i32.const 16)))
              (local.get $end))))
        (local.set $to (local.get $end))
        (local.set $from (i32.add (local.get $from) (local.get $size)))
        ;; the last sequence has literals only
        (br_if $done (i32.eq (local.get $from) (local.get $sourceEnd)))

        ;; a match
        (if (i32.lt_u (i32.sub (local.get $sourceEnd) (local.get $from)) (i32.const 2))
          (then (return (i32.const -3))))
        (local.set $offset (i32.load16_u align=1 (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 2)))
        (if (i32.or
              (i32.eqz (local.get $offset))
              (i32.gt_u (local.get $offset) (i32.sub (local.get $to) (local.get $target))))
          (then (return (i32.const -4))))
        (local.set $size (i32.and (local.get $token) (i32.const 15)))
        (if (i32.eq (local.get $size) (i32.const 15))
          (then
            (loop $length
              (if (i32.ge_u (local.get $from) (local.get $sourceEnd)) (then (return (i32.const -1))))
              (local.set $more (i32.load8_u (local.get $from)))
              (local.set $from (i32.add (local.get $from) (i32.const 1)))
              (local.set $size (i32.add (local.get $size) (local.get $more)))
              (br_if $length (i32.eq (local.get $more) (i32.const 255))))))
        (local.set $size (i32.add (local.get $size) (i32.const 4)))
        (if (i32.gt_u (local.get $size) (i32.sub (local.get $targetEnd) (local.get $to)))
          (then (return (i32.const -5))))
        (local.set $end (i32.add (local.get $to) (local.get $size)))
        (local.set $match (i32.sub (local.get $to) (local.get $offset)))
        (if (i32.ge_u (local.get $offset) (i32.const 16))
          (then
            (loop $copy
              (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $match)))
              (local.set $match (i32.add (local.get $match) (i32.const 16)))
              (br_if $copy
                (i32.lt_u
                  (local.tee $to (i32.add (local.get $to) (i32.const 16)))
                  (local.get $end)))))
          (else ;; source and target overlap: the match repeats, byte by byte
            (loop $copy
              (i32.store8 (local.get $to) (i32.load8_u (local.get $match)))
              (local.set $match (i32.add (local.get $match) (i32.const 1)))
              (br_if $copy
                (i32.lt_u
                  (local.tee $to (i32.add (local.get $to) (i32.const 1)))
                  (local.get $end))))))
        (local.set $to (local.get $end))
        (br $sequence)))
    (i32.sub (local.get $to) (local.get $target))))
