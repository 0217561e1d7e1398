//! The service in a process of its own: `peer-server socket|grpc <path>`. It ends when its standard input does, so that
//! it never outlives who started it.

mod grpc;
mod socket;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let mut arguments = std::env::args().skip(1);
    let (kind, path) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let listener = tokio::net::UnixListener::bind(&path).expect("a path to listen on");
    println!("listening");
    match &*kind {
        "socket" => socket::serve(listener).await,
        "grpc" => grpc::serve(listener).await,
        _ => panic!("usage: peer-server socket|grpc <path>"),
    }
}
