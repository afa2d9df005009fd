// Opens GraphiQL on the endpoint whose page this is; secrets are typed into its Headers tab.
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultEditorToolsVisibility: "headers",
  }),
);
