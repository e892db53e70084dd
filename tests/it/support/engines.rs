//! What storage promises, on each engine.

/// Tells every story on SQLite, each as a test of its own, and all of them on one PostgreSQL, each
/// on an empty database. `bench` makes what a story takes, from the address of a database, or on a
/// new SQLite file.
macro_rules! on_both_engines {
    ($on_postgresql:ident, $bench:ident: $($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                super::$story(super::$bench(None).await).await;
            })+
        }

        #[tokio::test]
        async fn $on_postgresql() {
            let server = $crate::support::Postgres::start().await;
            $({
                let url = server.database(stringify!($story)).await;
                let url = ciba_login::config::Secret::new(url);
                $story($bench(Some(url)).await).await;
            })+
        }
    };
}

pub(crate) use on_both_engines;
