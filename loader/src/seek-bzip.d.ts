declare module "seek-bzip" {
  class Stream {
    /** The next byte, or -1 at the end. */
    readByte: () => number;
    writeByte: (byte: number) => void;
  }
  const Bunzip: {
    Stream: typeof Stream;
    /** Throws a TypeError for damaged input. */
    decode(input: Stream, output: Stream): void;
  };
  export default Bunzip;
}
