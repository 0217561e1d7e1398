//! MessagePack on a socket. A frame is its length in four bytes, little-endian, and then any number of requests
//! `[id, method, payload]`. Each frame is answered by one frame of `[id, payload]`, in one write; what has to wait is
//! answered later, in a frame of its own.

use std::sync::Arc;
use std::time::Duration;

use rmp::Marker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Mutex;

const LENGTH_SIZE: usize = 4;
const READ_SIZE: usize = 256 * 1_024;
const METHOD_WAIT: u32 = 1;

type Writer = Arc<Mutex<OwnedWriteHalf>>;

pub(crate) async fn serve(listener: UnixListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream));
    }
}

async fn connection(stream: UnixStream) {
    let (mut reader, writer) = stream.into_split();
    let writer = Arc::new(Mutex::new(writer));
    let mut input = Vec::with_capacity(READ_SIZE);
    let mut output = Vec::with_capacity(READ_SIZE);
    loop {
        input.reserve(READ_SIZE);
        match reader.read_buf(&mut input).await {
            Ok(read) if read > 0 => (),
            _ => return,
        }
        let mut rest = &input[..];
        while let Some((frame, after)) = split_frame(rest) {
            rest = after;
            output.clear();
            output.extend([0; LENGTH_SIZE]);
            answer(frame, &mut output, &writer);
            if output.len() > LENGTH_SIZE && !send(&writer, &mut output).await {
                return;
            }
        }
        let consumed = input.len() - rest.len();
        input.drain(..consumed);
    }
}

fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_SIZE>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

async fn send(writer: &Writer, frame: &mut [u8]) -> bool {
    let length = (frame.len() - LENGTH_SIZE) as u32;
    frame[..LENGTH_SIZE].copy_from_slice(&length.to_le_bytes());
    writer.lock().await.write_all(frame).await.is_ok()
}

/// Answers the requests of a frame. A payload goes back as its very bytes.
fn answer(mut frame: &[u8], output: &mut Vec<u8>, writer: &Writer) {
    while !frame.is_empty() {
        rmp::decode::read_array_len(&mut frame).expect("a request");
        let id: u32 = rmp::decode::read_int(&mut frame).expect("an id");
        let method: u32 = rmp::decode::read_int(&mut frame).expect("a method");
        if method == METHOD_WAIT {
            let milliseconds: u64 = rmp::decode::read_int(&mut frame).expect("milliseconds");
            tokio::spawn(wait(id, milliseconds, Arc::clone(writer)));
        } else {
            head(output, id);
            let length = value_length(frame);
            let (value, rest) = frame.split_at(length);
            output.extend_from_slice(value);
            frame = rest;
        }
    }
}

async fn wait(id: u32, milliseconds: u64, writer: Writer) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    let mut output = vec![0; LENGTH_SIZE];
    head(&mut output, id);
    rmp::encode::write_uint(&mut output, milliseconds).expect("a vector takes all");
    send(&writer, &mut output).await;
}

fn head(output: &mut Vec<u8>, id: u32) {
    rmp::encode::write_array_len(output, 2).expect("a vector takes all");
    rmp::encode::write_uint(output, id.into()).expect("a vector takes all");
}

/// How many bytes the value at the beginning takes: numbers, nil and byte strings.
fn value_length(mut bytes: &[u8]) -> usize {
    match rmp::decode::read_marker(&mut bytes).expect("a value") {
        Marker::Bin8 => 2 + usize::from(bytes[0]),
        Marker::Bin16 => 3 + usize::from(u16::from_be_bytes([bytes[0], bytes[1]])),
        Marker::Bin32 => 5 + u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize,
        Marker::U8 => 2,
        Marker::U16 => 3,
        Marker::U32 => 5,
        Marker::FixPos(_) | Marker::Null => 1,
        other => panic!("no payload begins with {other:?}"),
    }
}
