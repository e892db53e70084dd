# The pages that a customer meets. locales/en says what each message is for.

## Every page

language-label = Langue
footer-help = Aide
footer-privacy = Confidentialité
footer-call = Appeler le { $phone }
call-number-unknown = le numéro indiqué sur votre carte ou votre contrat
title-with-company = { $title } – { $company }
title-with-error = Erreur : { $title }
request-id = Si vous avez besoin d’aide, indiquez { $id }
error-summary = Il y a un problème
close-page = Vous pouvez fermer cette page.

## The reference

reference-label = Référence reçue avec le lien
    .without-links = Référence de cette demande
reference-check = Le conseiller doit vous la lire d’abord.
reference-none = Le lien ne contient pas de référence. Continuez seulement si vous avez vous-même appelé { $company } ou si vous êtes en agence.
    .without-links = Cette demande n’a pas de référence. Continuez seulement si vous avez vous-même appelé { $company } ou si vous êtes en agence.
reference-picked = Le conseiller vous lit une référence. Vous la choisirez après la connexion.
reference-known-label = Référence de cette demande
reference-known-none = Cette demande n’a pas de référence. Continuez seulement si vous avez vous-même appelé { $company } ou si vous êtes en agence.
reference-client = Demande de : { $client }.
contact-unknown = On vous a appelé à ce sujet ?
contact-unexpected = Vous n’attendiez pas cet appel ?
contact-hang-up = Raccrochez et appelez-nous vous-même : { $number }.
contact-customer-called = Le conseiller indique : vous avez appelé { $company }.
contact-customer-called-check = On vous a appelé ? C’est une escroquerie. Raccrochez.
contact-company-called = Le conseiller indique : { $company } vous a appelé.
contact-branch = Le conseiller indique : vous êtes en agence.
contact-branch-check = Vous êtes au téléphone ? C’est une escroquerie. Raccrochez.

## Time

time-left = Répondez dans { $minutes ->
    [one] la minute qui suit
   *[other] les { $minutes } minutes qui suivent
  } l’ouverture de cette page.
time-nearly-over = Il reste moins d’une minute pour répondre.
time-over = Le temps pour répondre est écoulé. Demandez un nouveau lien au conseiller.
    .without-links = Le temps pour répondre est écoulé. Demandez un nouveau code au conseiller.

## The request

request-title = Un conseiller demande l’accès à votre compte
request-title-identity = Un conseiller vous demande de confirmer que c’est bien vous
sign-in-promise = Vous connecter n’autorise encore rien. Vous décidez à la page suivante.
sign-in-more = Autres moyens de connexion
passkey-continue = Utiliser une clé d’accès
passkey-asks = Votre téléphone demande ensuite visage, empreinte ou verrouillage de l’écran.
passkey-elsewhere = Vous voyez un code QR ? Alors ce téléphone n’a pas de clé d’accès pour nous. Fermez-le et choisissez un autre moyen.
passkey-asking = En attente de votre appareil…
passkey-away = Le visage, l’empreinte ou le verrouillage de l’écran ne marchent pas ici pour le moment. Rien n’a été autorisé. Choisissez une autre méthode.
passkey-not-stopped = Ce n’est pas encore refusé. La demande est toujours ouverte.
passkey-stop-otherwise = Refuser sans clé d’accès
mail-address-label = Votre adresse e-mail
mail-send = M’envoyer un lien
    .without-links = M’envoyer un code
mail-known = Nous pouvons envoyer un lien à { $address }.
    .without-links = Nous pouvons envoyer un code à { $address }.
mail-another-address = Une autre adresse e-mail
mail-address-invalid = Adresse attendue : nom@example.com
social-continue = Continuer avec { $provider }
not-on-a-call-link = Un doute ? Arrêter ici
embedded-browser-title = Tout ne marche pas dans cette fenêtre
embedded-browser-text = Vous avez ouvert le lien dans une autre application. Certaines méthodes de connexion n’y fonctionnent pas.
    .without-links = Cette page est ouverte dans une autre application. Certaines méthodes de connexion n’y fonctionnent pas.
embedded-browser-open = Continuer dans votre navigateur
notice-sign-in-failed = Cela n’a pas marché, et rien n’a été autorisé. Réessayez ou choisissez une autre méthode.
notice-sign-in-cancelled = La connexion a été interrompue. Rien n’a été autorisé. Réessayez ou choisissez une autre méthode.
notice-sign-in-denied = La connexion a été interrompue, ou ce compte n’est pas relié au vôtre ici. Rien n’a été autorisé. Réessayez ou choisissez une autre méthode.
notice-sign-in-expired = Connectez-vous de nouveau pour continuer.
notice-passkey-changed = Cette clé d’accès a changé et ne sert plus ici. Rien n’a été autorisé. Connectez-vous d’une autre façon.

## The first page: the code that an agent reads out

code-title = Saisissez le code que le conseiller vous lit
code-label = Code du conseiller
code-hint = Huit lettres et chiffres. Les espaces et les tirets ne gênent pas.
code-never-links = Nous n’envoyons jamais de lien. Un message avec un lien ne vient pas de nous.
code-wrong = Ce code ne fonctionne pas.
code-wrong-next = Faux, déjà utilisé ou trop ancien. Demandez au conseiller de le relire, ou un autre code.

## Mail

mail-sent-title = Consultez vos e-mails
mail-sent-lead = Si { $address } appartient à un client de { $company }, un e-mail est en route.
mail-known-lead = Un e-mail est en route vers { $address }.
mail-late-lead = Si { $address } appartient à un client de { $company }, un e-mail va arriver. Il a du retard : nous n’avons pas encore pu l’envoyer et nous essayons encore. Vous pouvez attendre ou choisir un autre moyen ci-dessous.
mail-sent-next = Ouvrez le lien qu’il contient, sur ce téléphone ou un autre appareil. Seul l’écran où vous l’ouvrez sera connecté.
    .without-links = Il contient un code. Nous n’envoyons jamais de lien.
mail-code-heading = Ou saisissez ici le code de l’e-mail
    .without-links = Saisissez ici le code de l’e-mail
mail-code-label = Code de l’e-mail
mail-code-hint = Vous pouvez le coller. Les espaces et les tirets ne gênent pas.
mail-code-continue = Continuer
mail-code-secret = Saisissez-le uniquement sur cette page. Quiconque vous le demande au téléphone ou par message est un escroc.
mail-code-wrong = Ce code est incorrect ou trop ancien. Vérifiez-le ou demandez un autre e-mail.
mail-not-arrived = Pas encore d’e-mail ?
mail-not-arrived-text = Cela peut prendre une minute. Regardez aussi dans les indésirables.
mail-send-again = Envoyer un autre e-mail
mail-sent-again = Un autre e-mail est en route, si l’adresse appartient à un client.
mail-other-address = Utiliser une autre adresse ou une autre méthode
mail-other-way = Utiliser une autre méthode
mail-done-elsewhere = J’ai répondu sur un autre écran
mail-progress-here = Vous êtes connecté.
mail-progress-decide = Continuer
mail-progress-elsewhere = Un autre écran est connecté. Continuez là-bas.
mail-progress-done = Cette demande a reçu une réponse.
mail-progress-outcome = Voir la réponse

mail-continue-title = Continuer vers la demande
mail-continue-lead = Vous avez ouvert le lien de notre e-mail. Continuez pour vous connecter sur cet écran et voir ce que le conseiller demande.
mail-continue-nothing-yet = Cela n’autorise encore rien. Vous décidez à la page suivante.
mail-continue-button = Continuer
mail-continue-button-as = Continuer en tant que { $address }
mail-pick-title = Quelle référence le conseiller vous a-t-il donnée ?
mail-pick-hint = Choisissez celle que le conseiller vous lit. Si vous ne parlez pas avec un conseiller, fermez cette page.
mail-pick-missing = Choisissez une référence
mail-pick-none = Aucune de celles-ci, ou personne ne m’en a lu une
pick-none = Aucune
mail-type-title = Saisissez le code de l’e-mail
mail-type-lead = Vous avez ouvert le lien sur un autre écran que celui qui l’a demandé. Saisissez le code du même e-mail. Si vous n’avez pas demandé cet e-mail, fermez cette page.

## The decision

decision-title = Autoriser ce conseiller à accéder à votre compte ?
decision-title-identity = Confirmer à ce conseiller que c’est bien vous ?
decision-what = Un conseiller de { $company } pourra alors
decision-signed-in-as = Connecté en tant que { $account }
decision-answers-as = Vous répondez en tant que { $account }
decision-answers-by-mail = Notre e-mail vous connecte en tant que { $account }
decision-signed-in-by-mail = Connecté par notre e-mail en tant que { $account }
decision-switch = Ce n’est pas vous ?
decision-question = Vous a-t-on lu cette référence ?
decision-question-no-reference = Parlez-vous en ce moment avec un conseiller de { $company } ?
decision-allow = Oui, autoriser
decision-deny = Non, refuser
decision-slow = La connexion est lente. Gardez cette page ouverte. Vous pouvez appuyer encore une fois : cela ne compte qu’une fois.
ability-openid = savoir que c’est bien vous
ability-profile = voir votre nom et votre profil
ability-email = voir votre adresse e-mail
ability-phone = voir votre numéro de téléphone
ability-address = voir votre adresse postale
ability-offline-access = garder cet accès après la conversation, jusqu’à ce qu’il soit retiré
ability-other = faire ce que { $company } appelle « { $scope } »
ability-unstated = agir pour vous sur votre compte, dans la mesure où { $company } le permet à ses conseillers

not-on-a-call-title = Vous ne parlez pas avec un conseiller, ou vous avez un doute ?
not-on-a-call-lead = Alors quelqu’un essaie peut-être d’entrer dans votre compte. N’autorisez rien.
not-on-a-call-stop = Refuser cette demande
not-on-a-call-report-lead = N’autorisez rien. Quelqu’un essaie peut-être d’entrer dans votre compte.
not-on-a-call-report = Signaler cette demande
not-on-a-call-back = Revenir, je parle bien avec un conseiller
advice-heading = Que faire maintenant
advice-hang-up = Si quelqu’un est au téléphone, raccrochez.
advice-call = Appelez vous-même { $company } : { $number }.
advice-never = Ne donnez jamais de code à personne et ne transférez pas le lien.
    .without-links = Ne donnez jamais de code à personne. Nous n’envoyons jamais de lien.

## Outcomes

allowed-title = Accès autorisé
allowed-lead = { $company } a confirmé votre réponse. Le conseiller peut maintenant vous aider.
allowed-next = Vous avez changé d’avis, ou vous avez un doute sur votre interlocuteur ? Appelez tout de suite { $company } : { $number }.
allowed-before-lead = C’était déjà autorisé. Appelez { $company } tout de suite : { $number }.
stopped-title = Demande refusée
stopped-lead = { $company } a confirmé votre réponse. Le conseiller n’obtient aucun accès par cette demande.
stopped-next = Si vous ne vous y attendiez pas, appelez : { $number }.
picked-wrong = La référence choisie n’est pas celle de cette demande. Rien n’a été autorisé.
picked-wrong-again = Choisie par erreur ? Demandez au conseiller de recommencer.
picked-wrong-doubt = Est-ce celle que le conseiller vous a lue ? Raccrochez et appelez vous-même { $company } : { $number }.
picked-wrong-unsent = Cela n’est pas encore arrivé chez { $company }.
picked-wrong-unknown = Cela est parti vers { $company }, et aucune confirmation n’est revenue.
reported-title = Signalement enregistré
reported-lead = Merci. Nous avons noté que vous ne parlez pas avec un conseiller. Rien n’a été autorisé sur cet écran.
reported-next = Ne vous connectez pas avec ce lien, quoi qu’on vous dise. Ce lien cessera de fonctionner de lui-même.
    .without-links = Ne vous connectez pas pour cette demande, quoi qu’on vous dise. Elle cessera de fonctionner d’elle-même.
reported-mistake = Signalé par erreur ? Demandez un nouveau lien.
    .without-links = Signalé par erreur ? Demandez un nouveau code.
reported-before = Ce lien a été signalé. Continuez seulement si vous avez appelé.
    .without-links = Cette demande a été signalée. Continuez seulement si vous avez appelé.
decided-elsewhere-waiting-title = Pas encore de réponse
decided-elsewhere-waiting-lead = Nous n’avons pas encore de réponse à cette demande. Répondez sur l’écran où vous êtes connecté, puis regardez de nouveau.
look-again = Regarder de nouveau
asking-title = Envoi de votre réponse à { $company }
asking-lead = Votre réponse est en route. Regardez de nouveau dans quelques secondes.
asking-next = D’ici là, gardez cette page ouverte, s’il vous plaît.
unsent-approve-lead = Vous avez répondu « Oui, autoriser ». La réponse n’est pas encore arrivée chez { $company }.
unsent-deny-lead = Vous avez répondu « Non, refuser ». La réponse n’est pas encore arrivée chez { $company }.
unsent-next = Nous continuons d’essayer. Vous pouvez aussi l’envoyer maintenant.
unknown-title = Nous ne savons pas encore si cela a marché
unknown-approve-lead = Vous avez répondu « Oui, autoriser ». La réponse est partie vers { $company }, et aucune confirmation n’est revenue.
unknown-deny-lead = Vous avez répondu « Non, refuser ». La réponse est partie vers { $company }, et aucune confirmation n’est revenue.
unknown-next = Envoyez encore une fois la même réponse. Elle ne compte qu’une fois.
unknown-send-again = Envoyer encore une fois
unknown-call = Si vous avez un doute sur votre interlocuteur, appelez { $company } : { $number }.
unclear-title = Votre réponse n’a pas pu être confirmée
unclear-approve-lead = Vous avez répondu « Oui, autoriser ». La réponse est partie, et nous n’avons pas pu obtenir de confirmation.
unclear-approve-next = Demandez au conseiller ce qu’il voit, ou appelez : { $number }.
unclear-deny-lead = Vous avez répondu « Non, refuser ». La réponse est partie, et nous n’avons pas pu obtenir de confirmation.
unclear-deny-next = Appelez et demandez si quelque chose a été autorisé : { $number }.
passkey-offer-title = La prochaine fois, avec le visage ou l’empreinte
passkey-offer-text = Ajoutez une clé d’accès sur cet appareil, et vous n’aurez plus besoin d’e-mail.
passkey-offer-add = Ajouter une clé d’accès
passkey-added-title = Clé d’accès ajoutée
passkey-added-lead = La prochaine fois, le visage, l’empreinte ou le verrouillage de l’écran suffira.
passkey-not-added = La clé d’accès n’a pas été ajoutée. Votre réponse ne change pas.
passkey-exists = Il y a déjà une clé d’accès pour ce compte sur cet appareil. Vous pourrez l’utiliser la prochaine fois.

## In another browser

elsewhere-title = Continuer dans votre navigateur
elsewhere-lead = Copiez cette adresse et ouvrez-la dans votre navigateur habituel. Elle est valable cinq minutes et une seule fois. Ne l’envoyez à personne.
elsewhere-address = Adresse à copier
elsewhere-copy = Copier l’adresse
elsewhere-copied = L’adresse est copiée.
elsewhere-open = Ouvrir dans le navigateur
elsewhere-open-plain = S’il ne se passe rien, utilisez ce lien
elsewhere-continue-title = Continuer vers la demande
elsewhere-continue-lead = Vous avez apporté une demande depuis une autre fenêtre. Continuez pour la voir ici.

## Problems: what happened, and what to do

problem-link-malformed = Ce lien n’est pas complet
problem-link-malformed-what = Une partie de l’adresse manque ou a été modifiée.
problem-link-malformed-next = Ouvrez de nouveau le lien depuis le message que vous avez reçu. Si cela ne suffit pas, demandez un nouveau lien au conseiller.
problem-request-unknown = Nous ne trouvons pas cette demande
problem-request-unknown-what = Elle a été ouverte dans un autre navigateur, son temps est écoulé, ou ce navigateur ne garde pas de cookies.
problem-request-unknown-next = Ouvrez de nouveau le lien depuis le message reçu, dans votre navigateur habituel et avec les cookies autorisés. Si cela ne suffit pas, demandez un nouveau lien au conseiller.
    .without-links = Saisissez de nouveau le code sur notre première page, dans votre navigateur habituel et avec les cookies autorisés. Si cela ne suffit pas, demandez un nouveau code au conseiller.
problem-request-expired = Le temps est écoulé
problem-request-expired-what = Cette demande n’a pas reçu de réponse à temps. Rien n’a été autorisé.
problem-request-expired-next = Demandez un nouveau lien au conseiller.
    .without-links = Demandez un nouveau code au conseiller.
problem-withdrawn = La demande a été retirée
problem-withdrawn-what = Le conseiller a retiré cette demande. Rien n’a été autorisé.
problem-withdrawn-next = Vous n’avez rien à faire. Si le conseiller a encore besoin de votre réponse, il vous enverra un nouveau lien.
    .without-links = Vous n’avez rien à faire. Si le conseiller a encore besoin de votre réponse, il vous donnera un nouveau code.
problem-already-decided = Cette demande a déjà reçu une réponse
problem-already-decided-what = Elle a déjà été autorisée ou refusée, et ne peut plus être changée ici.
problem-already-decided-next = Si ce n’était pas vous, appelez : { $number }.
problem-not-accepted = Votre réponse n’a pas été acceptée
problem-not-accepted-what = La demande a peut-être expiré, reçu une réponse auparavant ou concerne un autre compte, ou son lien n’était pas complet.
    .without-links = La demande a peut-être expiré, reçu une réponse auparavant ou concerne un autre compte.
problem-not-accepted-next = Demandez au conseiller ce qu’il voit et, si besoin, un nouveau lien.
    .without-links = Demandez au conseiller ce qu’il voit et, si besoin, un nouveau code.
problem-wrong-account = Cette demande concerne un autre compte
problem-wrong-account-what = Le compte auquel vous êtes connecté n’est pas celui que le conseiller a demandé. Il n’a rien autorisé.
problem-wrong-account-next = Connectez-vous au bon compte, ou dites-le au conseiller.
problem-message-mismatch = Ce lien a été modifié
problem-message-mismatch-what = Sa référence n’est pas celle du conseiller. Rien n’a été autorisé avec elle.
problem-message-mismatch-next = Ne continuez pas. Raccrochez et appelez vous-même { $company } : { $number }.
problem-provider-unreachable = Nous n’arrivons pas à nous connecter
problem-provider-unreachable-what = Un service dont nous avons besoin n’a pas répondu. Rien n’a été autorisé.
problem-provider-unreachable-next = Attendez un moment et réessayez.
problem-outcome-unknown = La réponse n’a pas pu être confirmée
problem-outcome-unknown-what = Cette demande a reçu une réponse. Elle est partie, et aucune confirmation n’est revenue avant la fin du temps.
problem-outcome-unknown-next = Appelez et demandez si quelque chose a été autorisé : { $number }.
problem-sign-in-required = Connectez-vous de nouveau
problem-sign-in-required-what = Votre connexion a pris fin, pour vous protéger.
problem-sign-in-required-next = Revenez à la demande et connectez-vous.
problem-sign-in-failed = Cela n’a pas marché
problem-sign-in-failed-what = Nous n’avons pas pu vous connecter. Rien n’a été autorisé.
problem-sign-in-failed-next = Revenez à la demande et réessayez, ou choisissez une autre méthode.
problem-mail-link-spent = Cet e-mail est trop ancien
problem-mail-link-spent-what = Son lien a déjà servi, une mauvaise référence a été choisie avec lui, un e-mail plus récent l’a remplacé, ou son temps est écoulé.
    .without-links = Son code a déjà servi, un e-mail plus récent l’a remplacé, ou son temps est écoulé.
problem-mail-link-spent-next = Revenez à la page où vous l’avez demandé. Tapez-y le code reçu par e-mail, ou demandez un autre e-mail.
problem-wrong-reference = Ce n’est pas la référence du conseiller
problem-wrong-reference-what = Ce lien n’est plus valable sur cet écran, et il n’a rien autorisé.
problem-wrong-reference-next = Si personne ne vous en a lu une, raccrochez. Si vous avez demandé cet e-mail vous-même, revenez à la page où vous l’avez demandé. Ouvrez-y le lien, tapez le code de l’e-mail, ou demandez un autre e-mail.
problem-code-wrong = Ce code ne marche pas
problem-code-wrong-what = Le code est incorrect ou trop ancien. Rien n’a été autorisé.
problem-code-wrong-next = Vérifiez le code dans l’e-mail le plus récent, ou demandez-en un autre.
problem-too-many-tries = Trop de tentatives
problem-too-many-tries-what = Pour protéger votre compte, nous faisons une courte pause.
problem-too-many-tries-next = Attendez quelques minutes et réessayez. Si cela presse, dites-le au conseiller.
problem-too-many-tries-wait = Attendez { $seconds ->
    [one] une seconde
   *[other] { $seconds } secondes
  } et réessayez. Si cela presse, dites-le au conseiller.
problem-too-many-tries-wait-minutes = Attendez { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  } et réessayez. Si cela presse, dites-le au conseiller.
problem-cross-site = Cela ne venait pas de notre page
problem-cross-site-what = Le bouton a été pressé sur un autre site, nous n’avons donc rien fait.
problem-cross-site-next = Ouvrez de nouveau le lien depuis le message que vous avez reçu.
    .without-links = Saisissez sur notre première page le code que le conseiller vous lit.
problem-page-unknown = Cette page n’existe pas
problem-page-unknown-what = L’adresse est incorrecte, ou la page n’existe plus.
problem-page-unknown-next = Ouvrez de nouveau le lien depuis le message que vous avez reçu.
    .without-links = Saisissez sur notre première page le code que le conseiller vous lit.
problem-method-not-allowed = Cette page ne s’ouvre pas ainsi
problem-method-not-allowed-what = Son adresse correspond à un bouton de l’une de nos pages. Rien n’a été fait.
problem-method-not-allowed-next = Ouvrez de nouveau le lien depuis le message que vous avez reçu, puis appuyez sur le bouton.
    .without-links = Saisissez sur notre première page le code que le conseiller vous lit.
problem-content-too-large = C’était trop long
problem-content-too-large-what = Plus de texte a été envoyé que cette page n’en accepte. Rien n’a été fait.
problem-content-too-large-next = Revenez en arrière et réessayez avec moins de texte.
problem-form-malformed = Nous n’avons pas pu lire cela
problem-form-malformed-what = Une partie de ce que votre navigateur a envoyé manque ou a été modifiée. Rien n’a été fait.
problem-form-malformed-next = Ouvrez de nouveau le lien depuis le message que vous avez reçu.
    .without-links = Saisissez sur notre première page le code que le conseiller vous lit.
problem-internal = Quelque chose a échoué chez nous
problem-internal-what = Nous n’avons pas pu terminer. L’erreur vient de nous, pas de vous.
problem-internal-next = Attendez un moment et réessayez, ou dites-le au conseiller.
problem-back = Revenir à la demande
problem-switch = Se connecter à un autre compte
problem-again = Réessayer

## The embedded provider's own pages: choosing where to sign in, and signing out.

provider-choose-title = Où voulez-vous vous connecter ?
provider-choose-text = Choisissez le compte que vous utilisez avec { $company }.
provider-choose-cancel = Annuler
provider-logout-title = Voulez-vous vous déconnecter ?
provider-logout-text = Vous reviendrez ensuite à la page d’où vous venez.
provider-logout-button = Se déconnecter
provider-logout-done = Vous êtes déconnecté
provider-logout-close = Vous pouvez fermer cette page.
provider-logout-refused = La déconnexion n’a pas fonctionné
provider-logout-refused-text = La page qui vous a envoyé ici a fait une erreur. Revenez-y et déconnectez-vous là-bas.
